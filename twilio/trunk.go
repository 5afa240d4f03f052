package twilio

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// Detection is how Twilio listens for machines.
type Detection string

// The ways of machine detection.
const (
	DetectSync  Detection = "sync"  // the first document waits for the verdict, and the callee hears silence until then
	DetectAsync Detection = "async" // the flow begins at once, and the verdict follows
)

// Detecting tunes machine detection. The zero value leaves all to Twilio.
type Detecting struct {
	Way       Detection     // empty is sync
	Timeout   time.Duration // for a verdict; 0 is Twilio's, 30 s
	Speech    time.Duration // longer first words are a machine's; 0 is Twilio's, 2.4 s
	SpeechEnd time.Duration // of silence that ends them; 0 is Twilio's, 1.2 s
	Silence   time.Duration // of initial silence until the verdict is unknown; 0 is Twilio's, 5 s
}

// Trunk is an account at Twilio, or a part of its calls. It never shows its
// secrets when printed or logged.
type Trunk struct {
	Name       string
	AccountSID string
	Token      string // the account's primary auth token: it signs webhooks
	APIKey     string // for the API in place of account and token; empty: those
	APISecret  string
	Accounts   []string // further accounts whose webhooks are taken, such as subaccounts'

	Numbers          []phone.Number // that may be shown, and that are answered
	Called           []phone.Number // further ones that are answered, perhaps of other trunks: Test looks where those of the account lead
	Allow            phone.Prefixes // the destinations that may be called; empty permits none
	MaxCalls         int            // outbound calls at once; 0 permits none
	CallsPerSecond   float64        // 0 is 1
	AccountPerSecond float64        // that the account may place, by all of its trunks; 0 is 1
	TimeLimit        time.Duration  // of a call; 0 is 2 h
	Detecting        Detecting
	Voices           map[string]string // Twilio's voice for a language; where none is named our own audio is played
}

// LogValue shows the trunk's name alone.
func (t Trunk) LogValue() slog.Value { return slog.StringValue(t.Name) }

// String shows the trunk's name alone.
func (t Trunk) String() string { return "trunk " + t.Name }

// GoString shows the trunk's name alone.
func (t Trunk) GoString() string { return t.String() }

// TrunkState is a trunk as it stands.
type TrunkState struct {
	Name  string
	Up    bool
	Since time.Time
	Why   string // it is down; empty while up
	Calls int    // placed by this trunk and not over
	// Adopted is how many of these were left behind by others, or by an earlier run.
	Adopted int
}

// trunk is a Trunk at work.
type trunk struct {
	Trunk
	seal seal

	api     *client
	account *account

	mu     sync.Mutex
	state  TrunkState
	until  time.Time // no call is placed before
	why    string
	faults int // in a row, for which no call is to blame
}

var (
	names    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	accounts = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	secrets  = regexp.MustCompile(`^[0-9A-Za-z]+$`)
	keys     = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
)

func newTrunk(t Trunk, o Options) (*trunk, error) {
	t.CallsPerSecond = cmp.Or(t.CallsPerSecond, 1)
	t.AccountPerSecond = cmp.Or(t.AccountPerSecond, 1)
	t.TimeLimit = cmp.Or(t.TimeLimit, 2*time.Hour)
	t.Detecting.Way = cmp.Or(t.Detecting.Way, DetectSync)
	if !names.MatchString(t.Name) {
		return nil, fmt.Errorf("trunk %q: a name is made of letters, digits, dots, dashes and underscores, as it stands in URLs", t.Name)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
	}
	seal, err := newSeal(t.Token)
	if err != nil {
		return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
	}
	api, err := newClient(t, o)
	if err != nil {
		return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
	}
	return &trunk{Trunk: t, seal: seal, api: api, state: TrunkState{Name: t.Name, Up: true}}, nil
}

// check says what is wrong with a trunk.
func (t Trunk) check() error {
	wrong := func(sid string) bool { return !accounts.MatchString(sid) }
	switch {
	case wrong(t.AccountSID):
		return errors.New("the account SID is AC and 32 hexadecimal digits")
	case slices.ContainsFunc(t.Accounts, wrong):
		return errors.New("a further account's SID is AC and 32 hexadecimal digits")
	case !secrets.MatchString(t.Token):
		return errors.New("the auth token, by which webhooks are signed, is not made of letters and digits")
	case t.APISecret != "" && !secrets.MatchString(t.APISecret):
		return errors.New("the API key's secret is not made of letters and digits")
	case (t.APIKey == "") != (t.APISecret == ""):
		return errors.New("an API key and its secret belong together")
	case t.APIKey != "" && !keys.MatchString(t.APIKey):
		return errors.New("an API key's SID is SK and 32 hexadecimal digits")
	case t.CallsPerSecond < 0 || t.AccountPerSecond < 0:
		return errors.New("calls per second below 0")
	}
	if err := t.Detecting.check(); err != nil {
		return err
	}
	if err := t.checkLimit(); err != nil {
		return err
	}
	return t.Allow.Check()
}

func (t Trunk) checkLimit() error {
	if t.TimeLimit < time.Minute || t.TimeLimit > 24*time.Hour {
		return fmt.Errorf("a call's time limit of %v is not between 1m and 24h", t.TimeLimit)
	}
	return nil
}

// check says which of the values Twilio does not take.
func (d Detecting) check() error {
	if d.Way != DetectSync && d.Way != DetectAsync {
		return fmt.Errorf("machine detection %q is neither sync nor async", d.Way)
	}
	for _, v := range []struct {
		name           string
		is, least, top time.Duration
	}{
		{"timeout", d.Timeout, 3 * time.Second, 59 * time.Second},
		{"speech", d.Speech, time.Second, 6 * time.Second},
		{"speech end", d.SpeechEnd, 500 * time.Millisecond, 5 * time.Second},
		{"silence", d.Silence, 2 * time.Second, 10 * time.Second},
	} {
		if v.is != 0 && (v.is < v.least || v.is > v.top) {
			return fmt.Errorf("machine detection's %s of %v is not between %v and %v", v.name, v.is, v.least, v.top)
		}
	}
	return nil
}

// knows tells whether a webhook of that account is this trunk's.
func (t *trunk) knows(account string) bool {
	return account == t.AccountSID || slices.Contains(t.Accounts, account)
}

// leg names a call that shall be placed. Twilio gives it its own name later.
func (t *trunk) leg(n phone.Number) campaigns.Leg {
	return campaigns.Leg{Carrier: Name, Target: string(n)}
}

// take counts a call, or says why there may be none.
func (t *trunk) take(now time.Time) (why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case now.Before(t.until):
		return t.why
	case t.state.Calls >= t.MaxCalls:
		return fmt.Sprintf("it carries its %d calls already", t.MaxCalls)
	}
	t.state.Calls++
	return ""
}

// count adds to the calls.
func (t *trunk) count(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Calls += n
}

// adopt adds to the calls that were left behind.
func (t *trunk) adopt(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Adopted += n
	t.state.Calls += n
}

// How long a trunk rests by which no call can be placed.
const (
	shortestRest = time.Second
	longestRest  = time.Minute
)

// fared takes in how a request for a call went. A trunk rests, longer each time,
// when it was not the call's fault that there was none; how it is slowed when
// Twilio says that it has enough is for the plan to say.
func (t *trunk) fared(e *apiError, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e == nil || !e.trunkWide() {
		t.faults = 0
		return
	}
	t.faults++
	t.until, t.why = now.Add(min(shortestRest<<min(t.faults-1, 10), longestRest)), e.Error()
}

// rest places no calls for a while.
func (t *trunk) rest(until time.Time, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.until) {
		t.until, t.why = until, why
	}
}

// standing is the trunk as it stands.
func (t *trunk) standing(now time.Time) TrunkState {
	t.mu.Lock()
	defer t.mu.Unlock()
	up := !now.Before(t.until)
	switch {
	case t.state.Since.IsZero() || up && !t.state.Up:
		t.state.Since = cmp.Or(t.until, now)
	case !up && t.state.Up:
		t.state.Since = now
	}
	if t.state.Up, t.state.Why = up, t.why; up {
		t.state.Why = ""
	}
	return t.state
}

// checkBase says what is wrong with a base URL.
func checkBase(what, base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%s URL %q is no http or https URL with a host", what, base)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return fmt.Errorf("%s URL %q has a query, a fragment or a user", what, u.Redacted())
	case strings.Contains(u.Hostname(), "_"):
		return fmt.Errorf("%s URL %q has an underscore in its host name, which Twilio refuses", what, base)
	}
	return nil
}
