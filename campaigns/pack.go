package campaigns

import (
	"time"

	"careline/phone"
)

// Pack is what the law of one country asks of calls, as data: see packs/*.yaml.
type Pack struct {
	ID       string     `json:"id"` // us
	Title    string     `json:"title"`
	Regions  []string   `json:"regions"`            // ISO 3166 codes: campaigns that show a number of one of these follow the pack unless they say otherwise
	Holidays []string   `json:"holidays,omitempty"` // calendars of campaigns that name none
	Rules    []PackRule `json:"rules"`
}

// Moment is when a rule is enforced.
type Moment string

// The moments.
const (
	AtDialing Moment = "dialing"  // before a call is begun, or by how many are
	AtAnswer  Moment = "answer"   // once somebody has answered
	AtCreate  Moment = "create"   // when the campaign is created
	Reminder  Moment = "reminder" // by people alone: careline can but remind them
)

// Voice is who speaks to the callee.
type Voice string

// The voices.
const (
	Prerecorded Voice = "prerecorded" // a recording, or a synthesised voice
	ByAgent     Voice = "agent"
)

// PackRule is one rule of a pack. What is nil or zero it does not ask.
type PackRule struct {
	ID       string    `json:"id"`     // US-1
	Text     string    `json:"text"`   // in one sentence
	Source   string    `json:"source"` // the citation
	Enforced []Moment  `json:"enforced"`
	Left     string    `json:"left,omitempty"`     // what of it is left to people
	Purposes []Purpose `json:"purposes,omitempty"` // the rule is about these alone; empty: all
	Voice    Voice     `json:"voice,omitempty"`    // and about this one alone; empty: both

	Hours   *phone.Hours  `json:"hours,omitempty"` // at the callee's place
	MinRing time.Duration `json:"-"`               // before a call is given up
	Most    []Frequency   `json:"most,omitempty"`
	Consent []ConsentNeed `json:"consent,omitempty"`
	Abandon *Abandonment  `json:"abandon,omitempty"`
	Recall  *Recall       `json:"recall,omitempty"`
	OptOut  *OptOutNeed   `json:"opt_out,omitempty"`
	Keep    time.Duration `json:"-"` // evidence, so long

	Settings []string `json:"settings,omitempty"` // keys of a campaign file that hold it where people choose to
}

// Scope is whom a frequency counts over, always over all campaigns but for
// OfContact.
type Scope string

// The scopes.
const (
	OfCustomer Scope = "customer" // all numbers of one customer
	OfNumber   Scope = "number"   // one number
	OfContact  Scope = "contact"  // one customer in one campaign, such as one debt
)

// Counter is what a frequency counts.
type Counter string

// The counters.
const (
	Attempts      Counter = "attempts"      // those that count: see Disposition.Counts
	Conversations Counter = "conversations" // answered by a person, or where that is not told by anybody
)

// Frequency bounds how often somebody is called within a rolling window.
type Frequency struct {
	Rule          string        `json:"rule,omitempty"`   // per_day, US-10
	Source        string        `json:"source,omitempty"` // of a pack's
	Scope         Scope         `json:"scope"`
	Counter       Counter       `json:"counter"`
	Limit         int           `json:"limit"` // so many are permitted
	Window        time.Duration `json:"-"`
	UnlessConsent bool          `json:"unless_consent,omitempty"` // it is not about those whose consent is on record
}

// Consent is how strong a consent is, or must be.
type Consent string

// The strengths, the weakest first.
const (
	NoConsent      Consent = ""
	ExpressConsent Consent = "express" // said or given, in whatever way
	WrittenConsent Consent = "written" // signed, also by key or click
)

// Covers tells whether a consent is at least as strong as one that is needed.
func (c Consent) Covers(need Consent) bool {
	rank := map[Consent]int{ExpressConsent: 1, WrittenConsent: 2}
	return rank[c] >= rank[need]
}

// ConsentNeed is the consent without which nobody is called.
type ConsentNeed struct {
	Rule              string  `json:"rule,omitempty"`   // require_consent, US-6
	Source            string  `json:"source,omitempty"` // of a pack's
	Level             Consent `json:"level"`
	UnlessResidential bool    `json:"unless_residential,omitempty"` // lines that the list says are residential need none: see Customer.Residential

	Purposes []Purpose `json:"purposes,omitempty"` // it is about these alone; empty: all
}

// OptOutNeed is a way out that a recording tells.
type OptOutNeed struct {
	Within   time.Duration `json:"-"` // after it has said who calls
	Purposes []Purpose     `json:"purposes,omitempty"`
}

// Start is from when the wait of a person who answered is counted.
type Start string

// The starts.
const (
	FromAnswer      Start = "answer"
	FromGreetingEnd Start = "greeting_end"
)

// Denominator is what the share of abandoned calls is of.
type Denominator string

// The denominators.
const (
	LiveAnswers Denominator = "live_answers" // calls answered by a person, abandoned ones among them
	OfcomACR    Denominator = "acr"          // A/(A+L): abandoned, less those that were machines by the agents' own experience, and live calls to agents
)

// Abandonment bounds the share of people who answer and meet no agent.
type Abandonment struct {
	Rule       string        `json:"rule,omitempty"` // abandon, US-1
	Source     string        `json:"source,omitempty"`
	Of         Denominator   `json:"of"`
	From       Start         `json:"from"`
	Within     time.Duration `json:"-"`                    // connected later than this is abandoned
	Window     time.Duration `json:"-"`                    // counted over so long
	Successive bool          `json:"successive,omitempty"` // one window after another from the campaign's start; else rolling
	Cap        float64       `json:"cap"`                  // share, 0..1, that pacing may not pass
	Alarm      float64       `json:"alarm"`                // share from which it is an alarm
	Silent     float64       `json:"silent"`               // share of calls that may be abandoned without a message: none
	Message    []string      `json:"message,omitempty"`    // what the message says to whom is abandoned: name, number, purpose, opt_out
}

// Recall is how long a number rests whose call was abandoned.
type Recall struct {
	Rule           string        `json:"rule,omitempty"`
	Source         string        `json:"source,omitempty"`
	Wait           time.Duration `json:"-"`
	UnlessReserved bool          `json:"unless_reserved,omitempty"` // it may be called sooner where an agent is reserved before
}

// AbandonLimit is what a campaign's file says of abandonment. The zero value
// leaves it to the packs.
type AbandonLimit struct {
	Cap    float64       `yaml:"cap" json:"cap,omitempty"`       // share, 0..1
	Alarm  float64       `yaml:"alarm" json:"alarm,omitempty"`   // share, 0..1
	Within time.Duration `yaml:"within" json:"within,omitempty"` // how soon an agent must be there
	Window time.Duration `yaml:"window" json:"window,omitempty"` // rolling, beside the packs' windows
}
