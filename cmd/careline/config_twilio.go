package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"careline/phone"
	"careline/twilio"
)

// The kinds of trunks, as kind: names them.
const (
	sipKind    = "sip"
	twilioKind = "twilio"
)

// twilioConfig is what a trunk by Twilio has that others have not.
type twilioConfig struct {
	AccountSID       string            `yaml:"account_sid"`
	AuthToken        secret            `yaml:"auth_token"`               // the primary one: Twilio signs with it
	APIKey           string            `yaml:"api_key"`                  // asks Twilio in place of the account; empty: the account does
	APISecret        secret            `yaml:"api_secret"`               // of the key
	API              string            `yaml:"api"`                      // another base URL of the API; empty: https://api.twilio.com
	AccountPerSecond float64           `yaml:"account_calls_per_second"` // what Twilio grants the account; 0: 1
	MachineDetection string            `yaml:"machine_detection"`        // sync or async; empty: sync
	Voices           map[string]string `yaml:"voices"`                   // by language: read out by Twilio; others by our own sound
	TimeLimit        time.Duration     `yaml:"time_limit"`               // of a call; 0: 2h
}

// What Twilio grants an account that has asked for no more, and at most.
const (
	grantedPerSecond = 1
	longestAtTwilio  = 24 * time.Hour
)

var (
	accountSID = regexp.MustCompile(`^AC[0-9a-f]{32}$`)
	keySID     = regexp.MustCompile(`^SK[0-9a-f]{32}$`)
	inURLs     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
)

// check tells what is wrong with what Twilio needs.
func (t twilioConfig) check() error {
	switch {
	case t.AccountSID == "":
		return errors.New("account_sid: is needed; it stands on the start page of Twilio's console, AC and 32 digits from 0 to f")
	case !accountSID.MatchString(t.AccountSID):
		return fmt.Errorf("account_sid: %s is no account of Twilio's, which is AC and 32 digits from 0 to f", sidOrNot(t.AccountSID))
	case t.AuthToken == "":
		return errors.New("auth_token: is empty; without it nobody can tell Twilio's requests from others; an api_key does not take its place")
	case (t.APIKey == "") != (t.APISecret == ""):
		return errors.New("api_key: is needed together with api_secret")
	case t.APIKey != "" && !keySID.MatchString(t.APIKey):
		return fmt.Errorf("api_key: %s is no key of Twilio's, which is SK and 32 digits from 0 to f", sidOrNot(t.APIKey))
	case t.AccountPerSecond < 0:
		return fmt.Errorf("account_calls_per_second: %v is below 0", t.AccountPerSecond)
	case !slices.Contains([]string{"", "sync", "async"}, t.MachineDetection):
		return fmt.Errorf("machine_detection: %q is not known; there are sync and async", t.MachineDetection)
	case t.TimeLimit != 0 && (t.TimeLimit < time.Minute || t.TimeLimit > longestAtTwilio):
		return fmt.Errorf("time_limit: %v is not a time from 1m to %.0fh", t.TimeLimit, longestAtTwilio.Hours())
	}
	if err := checkURL(t.API); err != nil {
		return fmt.Errorf("api: %w", err)
	}
	for lang, voice := range t.Voices {
		if lang == "" || voice == "" {
			return errors.New("voices: a language or a voice is empty; write {en: Polly.Amy-Neural}")
		}
	}
	return nil
}

// sidOrNot is what was written where Twilio's name of something belongs. What does
// not begin as one is not shown: it may be a secret that was put there by mistake.
func sidOrNot(s string) string {
	if strings.HasPrefix(s, "AC") || strings.HasPrefix(s, "SK") {
		return fmt.Sprintf("%q", s)
	}
	return "what is written (not shown, as it may be a secret)"
}

// hostedTrunk is the trunk as Twilio's carrier knows it.
func (t trunkConfig) hostedTrunk() (twilio.Trunk, error) {
	token, err := t.AuthToken.reveal()
	if err != nil {
		return twilio.Trunk{}, fmt.Errorf("auth_token: %w", err)
	}
	key, err := t.APISecret.reveal()
	if err != nil {
		return twilio.Trunk{}, fmt.Errorf("api_secret: %w", err)
	}
	owned, err := t.owned()
	if err != nil {
		return twilio.Trunk{}, err
	}
	return twilio.Trunk{
		Name: t.Name, AccountSID: t.AccountSID, Token: token, APIKey: t.APIKey, APISecret: key, Numbers: owned, Allow: t.Allow,
		MaxCalls: t.MaxCalls, CallsPerSecond: t.CallsPerSecond, AccountPerSecond: t.AccountPerSecond, TimeLimit: t.TimeLimit,
		Detecting: twilio.Detecting{Way: twilio.Detection(t.MachineDetection)}, Voices: t.Voices,
	}, nil
}

// twilioOptions are what the configuration says of Twilio.
func (c config) twilioOptions() (twilio.Options, error) {
	o := twilio.Options{
		Public: c.Webhooks.PublicURL, Queues: c.Webhooks.QueuesURL, SIP: strings.TrimPrefix(c.Webhooks.SIP, "sip:"),
		Directory: c.Recordings.Directory, KeepThere: c.Recordings.AtCarrier,
		Sources: c.Webhooks.sources(), Proof: c.Webhooks.Proof, Quiet: c.Webhooks.Quiet,
	}
	granted := c.granted()
	for i, t := range c.Trunks {
		if t.Kind != twilioKind {
			continue
		}
		trunk, err := t.hostedTrunk()
		if err != nil {
			return o, fmt.Errorf("trunks[%d].%w", i, err)
		}
		trunk.AccountPerSecond, trunk.Called = granted[t.AccountSID], c.called()
		o.API, o.Trunks = t.API, append(o.Trunks, trunk)
	}
	return o, nil
}

// called are the numbers in international format that are answered.
func (c config) called() (list []phone.Number) {
	for _, d := range c.DIDs {
		if n, err := phone.Parse(d.Number, ""); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// granted is what Twilio grants each account, in calls a second.
func (c config) granted() map[string]float64 {
	granted := make(map[string]float64)
	for _, t := range c.Trunks {
		if t.Kind == twilioKind {
			granted[t.AccountSID] = max(granted[t.AccountSID], cmp.Or(t.AccountPerSecond, grantedPerSecond))
		}
	}
	return granted
}

// checkURL says what is wrong with a base URL; nothing with none.
func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q is no URL, as https://calls.example.com", s)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("%q must be a scheme, a host and perhaps a path alone", u.Redacted())
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Errorf("%q is not encrypted: write https, as anybody on the way could listen, and repeat what they hear", s)
	case strings.Contains(u.Hostname(), "_"):
		return fmt.Errorf("%q has an underscore in the host's name, which Twilio refuses", s)
	}
	return nil
}

// loopback tells whether a host is this machine's own.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// shared are the keys that trunks of all kinds have.
var shared = []string{"name", "kind", "allow", "max_calls", "calls_per_second", "region", "caps", "caller_ids"}

// foreign names the keys of a trunk that have a value, and that only trunks of
// another kind have.
func (t trunkConfig) foreign() (keys []string) {
	ofTwilio := make(map[string]bool)
	eachField(reflect.TypeFor[twilioConfig](), func(_ reflect.StructField, name string) { ofTwilio[name] = true })
	for _, key := range written(reflect.ValueOf(t)) {
		if !slices.Contains(shared, key) && ofTwilio[key] != (t.Kind == twilioKind) {
			keys = append(keys, key)
		}
	}
	return keys
}

// written are the keys of a struct that have a value.
func written(v reflect.Value) (keys []string) {
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			keys = append(keys, written(v.Field(i))...)
		case name != "" && !v.Field(i).IsZero():
			keys = append(keys, name)
		}
	}
	return keys
}

// checkKind looks for keys that the trunk's kind does not have.
func (t trunkConfig) checkKind() error {
	if t.Kind != sipKind && t.Kind != twilioKind {
		return fmt.Errorf("kind: %q is not known; there are sip and twilio", t.Kind)
	}
	keys := t.foreign()
	if len(keys) == 0 {
		if t.Kind == twilioKind && !inURLs.MatchString(t.Name) {
			return fmt.Errorf("name: %q stands in URLs: write letters, digits, dots, dashes and underscores alone", t.Name)
		}
		return nil
	}
	if t.Kind == twilioKind {
		return fmt.Errorf("%s: only trunks of kind sip have that; this one is of kind twilio", strings.Join(keys, ", "))
	}
	return fmt.Errorf("%s: only trunks of kind twilio have that; write kind: twilio", strings.Join(keys, ", "))
}

// account is what the trunks of one account of Twilio's say of it together.
type account struct {
	granted, asked float64 // calls a second
	grantedBy      int     // the trunk that says so; below 0: none does
	first          int     // trunk of it
}

// checkAccounts looks at whether trunks of one account agree, and ask no more of
// it together than it has.
func (c config) checkAccounts() (errs []error) {
	accounts := make(map[string]*account)
	for i, t := range c.Trunks {
		if t.Kind != twilioKind {
			continue
		}
		a := accounts[t.AccountSID]
		if a == nil {
			a = &account{granted: grantedPerSecond, grantedBy: -1, first: i}
			accounts[t.AccountSID] = a
		}
		if t.AuthToken != c.Trunks[a.first].AuthToken {
			errs = append(errs, fmt.Errorf("trunks[%d].auth_token: is not that of trunks[%d], which is of the same account", i, a.first))
		}
		if t.API != c.Trunks[a.first].API {
			errs = append(errs, fmt.Errorf("trunks[%d].api: is not that of trunks[%d]; all trunks of kind twilio ask one", i, a.first))
		}
		if err := a.grant(i, t.AccountPerSecond); err != nil {
			errs = append(errs, err)
		}
		a.asked += t.CallsPerSecond
	}
	for i, t := range c.Trunks {
		if a := accounts[t.AccountSID]; t.Kind == twilioKind && a.first == i && a.asked > a.granted {
			errs = append(errs, fmt.Errorf("trunks[%d].calls_per_second: account %s would be asked for %v calls a second in all, and Twilio grants it %v: "+
				"place fewer, or write what it grants as account_calls_per_second", i, t.AccountSID, a.asked, a.granted))
		}
	}
	return errs
}

// grant takes in what a trunk says that Twilio grants the account; 0: nothing.
func (a *account) grant(trunk int, perSecond float64) error {
	switch {
	case perSecond == 0:
		return nil
	case a.grantedBy >= 0 && a.granted != perSecond:
		return fmt.Errorf("trunks[%d].account_calls_per_second: %v is not what trunks[%d] says of the same account, %v", trunk, perSecond, a.grantedBy, a.granted)
	}
	a.granted, a.grantedBy = perSecond, trunk
	return nil
}
