package sip

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/phone"
	"careline/sip/dialog"
)

// Identity is how a carrier is told who calls. The zero value shows the caller
// id in From, and no more.
type Identity struct {
	User      string       // of From, where the carrier wants an account there; the caller id is asserted then
	Hide      bool         // callees see no number (RFC 3323, RFC 3325): only a trusted carrier is told it
	Asserted  bool         // the caller id in P-Asserted-Identity; only to a trusted carrier
	Preferred bool         // the caller id in P-Preferred-Identity
	Diversion phone.Number // who has our calls diverted, for carriers that ask for it (RFC 5806)
	History   bool         // the number called in History-Info (RFC 7044)
	Headers   []Header     // others, in this order
}

// Header is a header of INVITEs. In its value {caller_id} stands for the number
// shown, {attempt} for the call's id and {campaign} for the campaign's.
type Header struct{ Name, Value string }

// ours are the headers that a trunk may not set: they belong to the dialog, or
// have a setting of their own.
var ours = []string{
	"accept", "allow", "alert-info", "authorization", "call-id", "i", "contact", "m", "content-disposition", "content-encoding", "e",
	"content-language", "content-length", "l", "content-type", "c", "cseq", "expires", "from", "f", "max-forwards", "mime-version",
	"min-se", "x", "p-asserted-identity", "p-preferred-identity", "privacy", "diversion", "history-info", "path",
	"proxy-authorization", "proxy-require", "rack", "reason", "record-route", "refer-to", "r", "referred-by", "b", "replaces",
	"require", "route", "rseq", "service-route", "session-expires", "supported", "k", "to", "t", "user-agent", "via", "v",
}

// Check says which header cannot be set, and why.
func (h Header) Check() error {
	switch name := strings.ToLower(h.Name); {
	case !isToken(h.Name):
		return fmt.Errorf("header %q: is no name of a header", h.Name)
	case slices.Contains(ours, name):
		return fmt.Errorf("header %s: is set by careline itself", h.Name)
	case strings.ContainsFunc(h.Value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("header %s: its value is not on one line", h.Name)
	case strings.TrimSpace(h.Value) == "":
		return fmt.Errorf("header %s: has no value", h.Name)
	}
	rest := placeholders("", "", "").Replace(h.Value)
	if from := strings.IndexByte(rest, '{'); from >= 0 && strings.Contains(rest[from:], "}") {
		return fmt.Errorf("header %s: %q: there are {caller_id}, {attempt} and {campaign}", h.Name, rest[from:])
	}
	return nil
}

func isToken(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") == ""
}

func placeholders(callerID, attempt, campaign string) *strings.Replacer {
	return strings.NewReplacer("{caller_id}", callerID, "{attempt}", attempt, "{campaign}", campaign)
}

// check says what is wrong with how a trunk is told who calls.
func (i Identity) check(trusted bool) error {
	if i.Asserted && !trusted {
		return errors.New("the header P-Asserted-Identity goes to trusted carriers only (RFC 3325); ask for P-Preferred-Identity, or trust this one")
	}
	for _, h := range i.Headers {
		if err := h.Check(); err != nil {
			return err
		}
	}
	return nil
}

// from is the caller as From shows it.
func (t *trunk) from(o call.Order) dialog.Party {
	if t.Identity.Hide {
		return dialog.Party{Display: "Anonymous", User: "anonymous", Host: "anonymous.invalid"}
	}
	user := cmp.Or(t.Identity.User, t.WriteCaller(o.CallerID), t.Username, "anonymous")
	return dialog.Party{Display: o.Display, User: user, Host: t.Domain}
}

// identities are the headers that say who calls beside From.
func (t *trunk) identities(o call.Order) []sipmsg.Header {
	var list []sipmsg.Header
	add := func(name, value string) { list = append(list, sipmsg.NewHeader(name, value)) }
	shown := t.WriteCaller(o.CallerID)
	self := "<" + dialog.URI(shown, t.domain()) + ">"
	if shown != "" && (t.Identity.Asserted || t.Identity.Hide && t.Trusted) {
		add("P-Asserted-Identity", self)
	}
	if shown != "" && t.Identity.Preferred {
		add("P-Preferred-Identity", self)
	}
	if t.Identity.Hide {
		add("Privacy", "id")
	}
	if t.Identity.Diversion != "" {
		add("Diversion", "<"+dialog.URI(t.WriteCaller(t.Identity.Diversion), t.domain())+">;reason=unconditional")
	}
	if t.Identity.History {
		add("History-Info", "<"+t.target(o.Number)+">;index=1")
	}
	fill := placeholders(shown, o.ID, string(o.Info.Campaign))
	for _, h := range t.Identity.Headers {
		add(h.Name, fill.Replace(h.Value))
	}
	return list
}

// domain is the host of our identities at the carrier.
func (t *trunk) domain() string { return cmp.Or(t.Domain, t.host()) }

// caller is the number that calls. A trusted trunk's assertion is believed over
// From, which the caller's own exchange may have written; that of another trunk
// is not looked at.
func (t *trunk) caller(in *dialog.Incoming) phone.Number {
	if t.Trusted {
		if user := in.Asserted().User; user != "" {
			return t.ReadCaller(user)
		}
	}
	return t.ReadCaller(in.From().User)
}

// attested is what networks say of the caller's right to their number: the first
// one its attestation, whose signature we do not check, the carrier its verdict.
func (t *trunk) attested(in *dialog.Incoming) string {
	a := in.Attestation()
	if a.Level != "" {
		a.Level = "attestation " + a.Level
	}
	if !t.Trusted {
		a.Verdict = ""
	}
	return strings.Trim(a.Level+", "+a.Verdict, ", ")
}

// callee is the number that was called. A call that comes by a registration is
// for the account: then the number stands in P-Called-Party-ID (RFC 7315) or To.
func (t *trunk) callee(in *dialog.Incoming) string {
	user := in.Dialed()
	if t.answersTo(user) {
		user = cmp.Or(in.CalledParty().User, in.To().User, user)
	}
	return t.ReadCallee(user)
}

// trunkOf returns the trunk that a call came by: of several at one address the
// one whose registration it is for, else the first; nil: it came by none.
// A trunk that speaks TLS takes calls by TLS alone: the source of a datagram is
// anybody's word.
func (g *guard) trunkOf(src netip.AddrPort, dialed, transport string) *trunk {
	takes := func(t *trunk) bool { return t.Transport != "tls" || transport == "TLS" }
	if t := g.find(src, func(t *trunk) bool { return takes(t) && t.answersTo(dialed) }); t != nil {
		return t
	}
	return g.find(src, takes)
}
