package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"careline/sim/people"
	twin "careline/sim/twilio"
)

// demoTwin is the twin of Twilio of a demonstration, and the line from it to the
// people.
type demoTwin struct {
	*twin.Twin

	phones *twin.Phones
	net    *people.Network
}

// What the demonstration is called at the twin.
const (
	demoAccount = "AC00000000000000000000000000000000"
	demoToken   = "demonstration"
	demoPublic  = "https://calls.example.com"
	demoSIP     = "sip:calls.example.com:5060"
	demoRate    = 10 // calls a second, as those of the demonstration by SIP
)

// demoNumbers are the numbers that stand for the short ones, which Twilio does
// not have.
var demoNumbers = map[string]string{reminderLine: "+442079460861", vipLine: "+442079460888"}

// openTwin puts the twin between the service and the people, and has the
// configuration's trunk lead there.
func (d *demo) openTwin() (err error) {
	t := &demoTwin{net: d.net}
	was, bought := d.cfg.Trunks[0], d.boughtNumbers()
	if t.phones, err = twin.NewPhones(twin.PhonesOptions{
		Carrier: d.net.Addr(), User: was.Username, Password: string(was.Password),
		SIP: func(string) string { return d.svc.driver.Addr().String() },
	}); err != nil {
		return fmt.Errorf("open the twin's telephone line: %w", err)
	}
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	if t.Twin, err = twin.New(twin.Options{
		Seed: d.cmd.Seed, Line: t.phones,
		Accounts: []twin.Account{{SID: demoAccount, Token: demoToken, CallsPerSecond: demoRate, Numbers: answering(was.Name, bought)}},
		Public:   func(u string) string { return strings.Replace(u, demoPublic, "http://"+listen, 1) },
	}); err != nil {
		return fmt.Errorf("open the twin: %w", err)
	}
	d.twin = t
	d.cfg.Trunks[0] = trunkConfig{
		Name: was.Name, Kind: twilioKind, Allow: was.Allow, MaxCalls: was.MaxCalls, CallsPerSecond: demoRate, Region: was.Region,
		identityConfig: identityConfig{CallerIDs: bought},
		twilioConfig:   twilioConfig{AccountSID: demoAccount, AuthToken: demoToken, API: t.URL(), AccountPerSecond: demoRate},
	}
	d.cfg.Webhooks = webhooksConfig{Listen: listen, PublicURL: demoPublic, SIP: demoSIP, SIPSources: []string{"127.0.0.1"}}
	for i := range d.cfg.DIDs {
		d.cfg.DIDs[i].Number = cmp.Or(demoNumbers[d.cfg.DIDs[i].Number], d.cfg.DIDs[i].Number)
	}
	return d.cfg.check()
}

// boughtNumbers are those of the twin's account: what answers, and what the
// campaigns show.
func (d *demo) boughtNumbers() []string {
	list := append(make([]string, 0, 2+len(d.cfg.DIDs)), "+442079460901", "+442079460902")
	for _, did := range d.cfg.DIDs {
		list = append(list, cmp.Or(demoNumbers[did.Number], did.Number))
	}
	return list
}

// answering are numbers that ask the trunk what to do with a call.
func answering(trunk string, list []string) []twin.Number {
	numbers := make([]twin.Number, 0, len(list))
	for _, n := range list {
		at := demoPublic + "/twilio/" + trunk + "/voice"
		numbers = append(numbers, twin.Number{Number: n, VoiceURL: at, StatusCallback: at + "/status"})
	}
	return numbers
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // listening on an address of this machine does not wait
	if err != nil {
		return "", fmt.Errorf("find a port for webhooks: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// line is the number of the service that stands for a short one.
func (d *demo) line(short string) string {
	if d.twin == nil {
		return short
	}
	return cmp.Or(demoNumbers[short], short)
}

// answerURL is where the twin asks what a call shall do that we have placed.
var answerURL = regexp.MustCompile(`/calls/([^/]+)/answer$`)

// attemptOf is the attempt that a call was asked for by; empty: none.
func attemptOf(c twin.Call) string {
	u, err := url.Parse(c.Params.Get("Url"))
	if err != nil {
		return ""
	}
	if m := answerURL.FindStringSubmatch(u.Path); m != nil {
		return m[1]
	}
	return ""
}

// placed are the calls that the service asked the twin for and that were dialed,
// by number, in the order of dialing.
func (t *demoTwin) placed() map[string][]twin.Call {
	calls := make(map[string][]twin.Call)
	for _, c := range t.Calls() {
		if c.Direction == "outbound-api" && c.Dials > 0 {
			calls[c.To] = append(calls[c.To], c)
		}
	}
	for _, list := range calls {
		slices.SortFunc(list, func(a, b twin.Call) int { return a.Dialed.Compare(b.Dialed) })
	}
	return calls
}

// byAttempt tells which call of the people's diary is that of which attempt: the
// nth that a number has got is the nth that was dialed. One too many is that of
// none.
func (t *demoTwin) byAttempt() map[string]string {
	placed, ids := t.placed(), make(map[string]string)
	invites := t.net.Invites()
	slices.SortStableFunc(invites, func(a, b people.Invite) int { return a.At.Compare(b.At) })
	for _, i := range invites {
		if list := placed[i.Who]; len(list) > 0 {
			ids[i.CallID], placed[i.Who] = attemptOf(list[0]), list[1:]
		}
	}
	return ids
}

// Invites are the calls that people got, by attempt.
func (t *demoTwin) Invites() []people.Invite {
	ids, list := t.byAttempt(), t.net.Invites()
	for i := range list {
		list[i].CallID = ids[list[i].CallID]
	}
	return list
}

// Presses are the keys that people pressed, by attempt.
func (t *demoTwin) Presses() []people.Press {
	ids, list := t.byAttempt(), t.net.Presses()
	for i := range list {
		list[i].CallID = ids[list[i].CallID]
	}
	return list
}

// twinSummary is what went between the service and the twin.
type twinSummary struct {
	Calls      int `json:"calls"`      // that the service asked for
	Requests   int `json:"requests"`   // of the service, to the API
	Webhooks   int `json:"webhooks"`   // of the twin, for documents and with news
	Violations int `json:"violations"` // of what Twilio's documentation provides for
}

func (t *demoTwin) summary() *twinSummary {
	if t == nil {
		return nil
	}
	sum := &twinSummary{Violations: len(t.Violations())}
	for _, c := range t.Calls() {
		if c.Direction == "outbound-api" {
			sum.Calls++
		}
	}
	for _, e := range t.Diary() {
		switch e.Kind {
		case twin.KindRequest:
			sum.Requests++
		case twin.KindDocument, twin.KindCallback:
			sum.Webhooks++
		default: // what people did
		}
	}
	return sum
}

// talking counts the calls that are answered and not over, but for those that the
// twin itself has dialed for a call.
func (t *demoTwin) talking() int {
	if t == nil {
		return 0
	}
	n := 0
	for _, c := range t.Calls() {
		if c.Parent == "" && !c.Answered.IsZero() && c.Ended.IsZero() {
			n++
		}
	}
	return n
}

// run has the twin work until ctx ends; without one there is nothing to do.
func (t *demoTwin) run(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.Run(ctx)
}
