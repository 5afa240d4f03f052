package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/phone"
)

// Finding is one answer of Test.
type Finding struct {
	What    string // was looked at, and what was seen
	Problem string // and what to do about it; empty: it is well
	Warning bool   // calls work all the same
}

// mostOff is how far our clock may be from Twilio's.
const mostOff = 5 * time.Second

// Test asks all that can be asked about a trunk without a call: whether the
// account can be used with the secrets that are configured, whether its numbers
// may be shown and lead here, and whether the public URL does.
func (c *Carrier) Test(ctx context.Context, trunkName string) []Finding {
	t := c.trunks[trunkName]
	if t == nil {
		return []Finding{{What: "trunk " + trunkName, Problem: "it is not configured"}}
	}
	e := &examination{c: c, t: t}
	if e.account(ctx) {
		e.key(ctx)
		for _, n := range t.Numbers {
			e.number(ctx, n)
		}
		for _, n := range t.Called {
			e.called(ctx, n)
		}
	}
	if len(t.Numbers) == 0 {
		e.find("numbers", "none is configured: no call can be placed, as every call shows one. Add the account's numbers to the trunk")
	}
	e.public(ctx)
	return e.found
}

// examination is one Test.
type examination struct {
	c     *Carrier
	t     *trunk
	found []Finding
}

func (e *examination) find(what, problem string) {
	e.found = append(e.found, Finding{What: what, Problem: problem})
}

func (e *examination) warn(what, problem string) {
	e.found = append(e.found, Finding{What: what, Problem: problem, Warning: problem != ""})
}

// account asks for the account by its token, whatever else is configured: the
// token has to be right, as it signs webhooks. It reports false where nothing
// more can be asked.
func (e *examination) account(ctx context.Context) bool {
	own := *e.t.api
	own.login.Username, own.login.Password = e.t.AccountSID, e.t.Token
	var a *openapi.ApiV2010Account
	x, err := own.ask(ctx, "look at the account", func(api *openapi.ApiService) (err error) {
		a, err = api.FetchAccount(e.t.AccountSID)
		return err
	})
	if err != nil {
		e.find("account "+e.t.AccountSID, accountAdvice(err))
		return is(err, authenticate) && e.t.APIKey != ""
	}
	what := fmt.Sprintf("account %s, %s", e.t.AccountSID, text(a.Status))
	switch token := text(a.AuthToken); {
	case text(a.Status) != "active":
		e.find(what, "it is not active: see Twilio's console")
	case token != "" && token != e.t.Token:
		e.find(what, "the auth token is not the primary one, by which webhooks are signed: all of them would be refused")
	case text(a.Type) == "Trial":
		e.warn(what, "it is a trial account: it calls verified numbers only, and says so at the beginning of each call")
	default:
		e.find(what, "")
	}
	e.clock(x)
	return true
}

// accountAdvice says what to do when the account cannot be asked for.
func accountAdvice(err error) string {
	var a *apiError
	switch {
	case is(err, authenticate):
		return "account SID and auth token do not belong together: copy both from the start page of Twilio's console (" + err.Error() + ")"
	case errors.As(err, &a) && !a.sent:
		return err.Error() + ": Twilio's API is not reached from here; look at DNS, firewall and proxy"
	default:
		return err.Error()
	}
}

// clock compares the clocks.
func (e *examination) clock(x *exchange) {
	if x.date.IsZero() {
		return
	}
	off := x.at.Sub(x.date)
	what := fmt.Sprintf("this machine's clock is within %v of Twilio's", mostOff)
	if off = max(off.Abs()-time.Second, 0); off <= mostOff { // the header counts whole seconds
		e.warn(what, "")
		return
	}
	e.warn("this machine's clock", fmt.Sprintf("it is %v off Twilio's: have it set by NTP", off.Round(time.Second)))
}

// key tries the API key, where there is one.
func (e *examination) key(ctx context.Context) {
	if e.t.APIKey == "" {
		return
	}
	if _, _, err := e.t.api.list(ctx, "", ""); err != nil {
		e.find("API key "+e.t.APIKey, "it does not open the account's calls: make a standard key at this account, and copy SID and secret ("+err.Error()+")")
		return
	}
	e.find("API key "+e.t.APIKey, "")
}

// number looks at a number that calls show.
func (e *examination) number(ctx context.Context, n phone.Number) {
	owned, err := e.t.api.owned(ctx, string(n))
	if err != nil {
		e.find("number "+string(n), err.Error())
		return
	}
	if owned != nil {
		e.ours(string(n), owned)
		return
	}
	verified, err := e.t.api.verified(ctx, string(n))
	switch {
	case err != nil:
		e.find("number "+string(n), err.Error())
	case verified:
		e.warn("number "+string(n)+", verified", "")
	default:
		e.find("number "+string(n), "the account neither owns it nor has verified it: Twilio refuses calls that show it (error 21210). "+
			"Buy it, or verify it as a caller id in the console")
	}
}

// called looks at a number that is answered and not shown, if it is the account's.
func (e *examination) called(ctx context.Context, n phone.Number) {
	if slices.Contains(e.t.Numbers, n) {
		return
	}
	if owned, err := e.t.api.owned(ctx, string(n)); err == nil && owned != nil {
		e.ours(string(n), owned)
	}
}

// ours looks at where the calls to a number of the account lead.
func (e *examination) ours(n string, at *openapi.ApiV2010IncomingPhoneNumber) {
	want, end := e.c.hook(e.t.Name, "voice"), e.c.hook(e.t.Name, "voice", "status")
	what := "number " + n + " of the account"
	switch {
	case text(at.TrunkSid) != "":
		e.warn(what, "calls to it go to the Elastic SIP trunk "+text(at.TrunkSid)+"; to have careline take them set its voice URL to "+want)
	case text(at.VoiceApplicationSid) != "":
		e.warn(what, "calls to it go to the application "+text(at.VoiceApplicationSid)+"; to have careline take them set its voice URL to "+want)
	case text(at.VoiceUrl) == "":
		e.warn(what, "calls to it lead nowhere; to have careline take them set its voice URL to "+want)
	case text(at.VoiceUrl) != want:
		e.warn(what, fmt.Sprintf("calls to it go to %q; to have careline take them set its voice URL to %s", text(at.VoiceUrl), want))
	case text(at.VoiceMethod) != "" && text(at.VoiceMethod) != "POST":
		e.warn(what, "its voice URL is asked by "+text(at.VoiceMethod)+": set it to HTTP POST")
	case text(at.StatusCallback) != end:
		e.warn(what, fmt.Sprintf("the end of calls to it is told to %q: set its status callback to %s, so that careline hears of it at once", text(at.StatusCallback), end))
	default:
		e.warn(what+" leads here", "")
	}
}

// public looks at the URLs by which Twilio reaches the service.
func (e *examination) public(ctx context.Context) {
	bases := []struct{ what, base, probe string }{{"public URL", e.c.public, e.c.hook(e.t.Name, "probe")}}
	if e.c.queues != e.c.public {
		bases = append(bases, struct{ what, base, probe string }{"queues' URL", e.c.queues, e.c.queueHook(e.t.Name, "probe")})
	}
	for _, b := range bases {
		what := b.what + " " + b.base
		if strings.HasPrefix(b.base, "http:") {
			e.warn(what, "it is not encrypted: what callers say and press can be read on the way, and changed. Use https")
		}
		if wrong := e.c.probe(ctx, e.t, b.probe); wrong != "" {
			e.find(what, wrong)
			continue
		}
		e.find(what+" leads to this careline, seen from here", "")
	}
}

// owned is the account's number of that name, or nil.
func (c *client) owned(ctx context.Context, n string) (own *openapi.ApiV2010IncomingPhoneNumber, _ error) {
	_, failed := c.ask(ctx, "look for a number", func(api *openapi.ApiService) error {
		page, err := api.PageIncomingPhoneNumber((&openapi.ListIncomingPhoneNumberParams{}).SetPhoneNumber(n), "", "")
		if err != nil {
			return err
		}
		for i, at := range page.IncomingPhoneNumbers {
			if text(at.PhoneNumber) == n { // part of a number is found as well
				own = &page.IncomingPhoneNumbers[i]
			}
		}
		return nil
	})
	return own, failed
}

// verified tells whether the account has verified the number as a caller id.
func (c *client) verified(ctx context.Context, n string) (is bool, _ error) {
	_, failed := c.ask(ctx, "look for a caller id", func(api *openapi.ApiService) error {
		page, err := api.PageOutgoingCallerId((&openapi.ListOutgoingCallerIdParams{}).SetPhoneNumber(n), "", "")
		if err != nil {
			return err
		}
		for _, at := range page.OutgoingCallerIds {
			is = is || text(at.PhoneNumber) == n
		}
		return nil
	})
	return is, failed
}

// plain leaves the URL out of what went wrong with a request.
func plain(err error) error {
	var from *url.Error
	if errors.As(err, &from) {
		return from.Err
	}
	return err
}
