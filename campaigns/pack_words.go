package campaigns

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/phone"
)

// Reminds tells whether the rule is left to people alone.
func (r PackRule) Reminds() bool { return slices.Contains(r.Enforced, Reminder) }

// Kept says in words who keeps the rule, and when.
func (r PackRule) Kept() string {
	if r.Reminds() {
		return "by people; careline reminds of it when a campaign is created"
	}
	words := map[Moment]string{
		AtDialing: "before each call", AtAnswer: "when somebody answers", AtCreate: "when the campaign is created",
	}
	parts := make([]string, len(r.Enforced))
	for i, m := range r.Enforced {
		parts[i] = words[m]
	}
	return "by careline, " + strings.Join(parts, ", ")
}

// Figures are what the rule asks of the machine, one line for each.
func (r PackRule) Figures() []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if about := r.about(); about != "" {
		add("%s", about)
	}
	if r.Hours != nil {
		add("calls %s", hoursWords(*r.Hours))
	}
	if r.MinRing > 0 {
		add("rings for at least %s", spanWords(r.MinRing))
	}
	for _, f := range r.Most {
		add("%s", f.Words())
	}
	for _, need := range r.Consent {
		add("%s", need.Words())
	}
	if r.Abandon != nil {
		add("%s", r.Abandon.Words())
	}
	if r.Recall != nil {
		add("an abandoned number rests for %s%s", spanWords(r.Recall.Wait), only(r.Recall.UnlessReserved, ", unless an agent is reserved"))
	}
	if r.OptOut != nil {
		add("the way out within %s, %s", spanWords(r.OptOut.Within), forPurposes(r.OptOut.Purposes))
	}
	if r.Keep > 0 {
		add("evidence for %s", spanWords(r.Keep))
	}
	return lines
}

// about says which calls the rule is about; empty: all.
func (r PackRule) about() string {
	var parts []string
	if len(r.Purposes) > 0 {
		parts = append(parts, forPurposes(r.Purposes)+" calls")
	}
	if r.Voice != "" {
		parts = append(parts, map[Voice]string{Prerecorded: "a recorded voice", ByAgent: "agents' calls"}[r.Voice])
	}
	if len(parts) == 0 {
		return ""
	}
	return "only " + strings.Join(parts, ", ")
}

// Words says what is bounded.
func (f Frequency) Words() string {
	what := map[Counter]string{Attempts: "attempts", Conversations: "conversations"}[f.Counter]
	whom := map[Scope]string{OfCustomer: "a customer, by all numbers", OfNumber: "a number", OfContact: "a contact of a campaign"}[f.Scope]
	return fmt.Sprintf("at most %d %s in %s to %s%s", f.Limit, what, spanWords(f.Window), whom, only(f.UnlessConsent, ", without consent"))
}

// Words says what is needed.
func (c ConsentNeed) Words() string {
	return fmt.Sprintf("%s consent, %s%s", c.Level, forPurposes(c.Purposes), only(c.UnlessResidential, ", but not of homes (line: residential)"))
}

// Words says what is bounded.
func (a Abandonment) Words() string {
	window := "any " + spanWords(a.Window)
	if a.Successive {
		window = "each " + spanWords(a.Window) + " from the start"
	}
	from := map[Start]string{FromAnswer: "the answer", FromGreetingEnd: "the end of the greeting"}[a.From]
	of := map[Denominator]string{LiveAnswers: "live answers", OfcomACR: "A+L"}[a.Of]
	return fmt.Sprintf("no agent within %s of %s: at most %.3g %% of %s in %s, alarm at %.3g %%",
		spanWords(a.Within), from, a.Cap*100, of, window, a.Alarm*100)
}

func only(when bool, words string) string {
	if when {
		return words
	}
	return ""
}

func forPurposes(list []Purpose) string {
	if len(list) == 0 {
		return "every purpose"
	}
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = string(p)
	}
	return strings.Join(parts, " and ")
}

func hoursWords(h phone.Hours) string {
	return "from " + h.From + " to " + h.To + " where the callee is"
}

// spanWords writes a time for people: 15 s, 24 h, 30 days, 5 years.
func spanWords(d time.Duration) string {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	switch {
	case d >= 2*year:
		return fmt.Sprintf("%d years", d/year)
	case d > 3*day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d%time.Second == 0:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}
