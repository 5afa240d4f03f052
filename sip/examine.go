package sip

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"careline/phone"
	"careline/sip/dialog"
	"careline/sip/wire"
)

// Examination is what Examine tries.
type Examination struct {
	Trunk    Trunk         // as it is configured
	Number   phone.Number  // to call; empty calls nobody
	CallerID phone.Number  // shown then
	Talk     time.Duration // of that call; 0 is 10 s
	Patience time.Duration // for each answer of the carrier; 0 is 5 s
	Port     uint16        // that the service itself sends from; 0: not known
}

// Mark is how a step of an examination came out.
type Mark string

// The marks.
const (
	Good    Mark = "ok"
	Bad     Mark = "failed"
	Note    Mark = "note"    // worth knowing
	Skipped Mark = "skipped" // for the reason given
)

// Finding is what one step of an examination has found.
type Finding struct {
	Step   string `json:"step"`
	Mark   Mark   `json:"mark"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"` // what to do about it
}

// examiner is an Examine under way.
type examiner struct {
	d    *Driver
	e    Examination
	t    *trunk
	tell func(Finding)
	hops []wire.Hop
	said netip.AddrPort // our address as we say it; invalid: not known
	seen netip.AddrPort // and as the carrier sees it
}

// Examine finds out step by step what is wrong with a trunk, and tells of each
// step in words. The Driver must be running; it needs none of its trunks but for
// the call, so that it can be one beside that of the service. Nothing is changed
// at the carrier.
func (d *Driver) Examine(ctx context.Context, e Examination, tell func(Finding)) error {
	t, err := newTrunk(e.Trunk)
	if err != nil {
		return fmt.Errorf("examine a trunk: %w", err)
	}
	e.Talk, e.Patience = cmp.Or(e.Talk, 10*time.Second), cmp.Or(e.Patience, 5*time.Second)
	x := &examiner{d: d, e: e, t: t, tell: tell}
	if !x.find(ctx) || !x.knock(ctx) {
		return nil
	}
	there := x.ask(ctx)
	x.address()
	if there || t.Register {
		x.registration(ctx)
	}
	x.codecs()
	x.numbers()
	if there {
		x.call(ctx)
	}
	return nil
}

func (x *examiner) say(step string, mark Mark, advice, format string, args ...any) {
	x.tell(Finding{Step: step, Mark: mark, Text: fmt.Sprintf(format, args...), Advice: advice})
}

// find looks the carrier up.
func (x *examiner) find(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, x.e.Patience)
	defer cancel()
	hops, err := wire.Resolve(ctx, net.DefaultResolver, x.t.route())
	if err != nil {
		x.say("dns", Bad, "see that address is spelt as the carrier wrote it, and that this machine's DNS works", "%v", err)
		return false
	}
	x.hops = hops
	if _, literal := x.t.literal(); literal {
		x.say("dns", Good, "", "%s is an address, and needs no looking up", x.t.Address)
		return true
	}
	names := make([]string, len(hops))
	for i, h := range hops {
		names[i] = h.Addr.String() + " (" + strings.ToLower(h.Transport) + ")"
	}
	x.say("dns", Good, "", "%s is %s", x.t.Address, strings.Join(names, ", then "))
	return true
}

// knock tries whether the port takes connections. A datagram is taken by any.
func (x *examiner) knock(ctx context.Context) bool {
	if x.hops[0].Transport == "UDP" {
		x.say("port", Skipped, "", "over UDP only an answer tells; see options")
		return true
	}
	reached := false
	for _, h := range x.hops {
		reached = x.knockAt(ctx, h) || reached
	}
	return reached
}

func (x *examiner) knockAt(ctx context.Context, h wire.Hop) bool {
	ctx, cancel := context.WithTimeout(ctx, x.e.Patience)
	defer cancel()
	began := time.Now()
	cert, err := x.d.end.Wire().Knock(ctx, h)
	took := time.Since(began).Round(time.Millisecond)
	switch {
	case err != nil && cert != nil:
		x.say("port", Bad, "use the name that the certificate is for as address, or name a file with its authority as sip.tls.ca",
			"%s takes connections, but not TLS as it should be: %v (certificate for %s, until %s)",
			h.Addr, err, holders(cert), cert.NotAfter.Format(time.DateOnly))
	case err != nil:
		x.say("port", Bad, "see that the carrier takes "+strings.ToLower(h.Transport)+" at that port, and that no firewall is between",
			"%s cannot be reached: %v", h.Addr, err)
	case cert == nil:
		x.say("port", Good, "", "%s takes connections (%v)", h.Addr, took)
	case time.Until(cert.NotAfter) < 14*24*time.Hour:
		x.say("port", Note, "ask the carrier whether it will be renewed in time", "%s takes TLS (%v); its certificate is for %s and ends on %s",
			h.Addr, took, holders(cert), cert.NotAfter.Format(time.DateOnly))
	default:
		x.say("port", Good, "", "%s takes TLS (%v); its certificate is for %s, until %s",
			h.Addr, took, holders(cert), cert.NotAfter.Format(time.DateOnly))
	}
	return err == nil
}

// holders are the names and addresses that a certificate is for.
func holders(cert *x509.Certificate) string {
	names := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	return cmp.Or(strings.Join(names, ", "), "nobody")
}

// ask sends OPTIONS.
func (x *examiner) ask(ctx context.Context) bool {
	r, err := x.question(ctx, "")
	switch {
	case err != nil:
		x.say("options", Bad, x.silence(), "no answer: %v", err)
		return x.t.Options < 0
	case r.Code == 503 || r.Code == 408:
		x.say("options", Bad, "the carrier says that it is out of service, or reaches nobody behind it; ask it", "answered %d %s in %v", r.Code, r.Reason, r.Took.Round(time.Millisecond))
		return false
	}
	server := ""
	if r.Server != "" {
		server = "; it is " + r.Server
	}
	x.say("options", Good, "", "answered %d %s in %v%s", r.Code, r.Reason, r.Took.Round(time.Millisecond), server)
	if r.Code == 401 || r.Code == 403 || r.Code == 407 {
		x.say("options", Note, "", "the carrier does not answer OPTIONS for everybody; that it answers is enough, and whether it takes our calls a call shows: add --number")
	}
	return true
}

// question asks the carrier, and notes how it sees us.
func (x *examiner) question(ctx context.Context, user string) (dialog.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, x.e.Patience)
	defer cancel()
	q := dialog.Question{Target: x.t.uri(), Route: x.t.route(), User: user, Credentials: x.t.credentials()}
	if user != "" {
		q.Target = x.t.registrar()
	}
	r, err := x.d.end.Ask(ctx, q)
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("nothing came back within %v", x.e.Patience)
		}
		return r, err
	}
	if r.Seen.IsValid() {
		x.seen, x.said = r.Seen, r.Sent
	}
	return r, nil
}

// silence is what to do about a carrier that does not answer.
func (x *examiner) silence() string {
	mine := x.d.end.Addr().Port()
	advice := "see that address, port and transport are right, that the carrier permits our address, and that no firewall drops the answers"
	if x.e.Port != 0 && x.e.Port != mine && x.hops[0].Transport == "UDP" {
		advice += fmt.Sprintf("; this test sends from port %d, the service from %d: a carrier that knows us by address and port answers that alone, so compare careline trunk list", mine, x.e.Port)
	}
	return advice
}

// address compares our address with how the carrier sees it.
func (x *examiner) address() {
	said, seen := x.said.Addr(), x.seen.Addr()
	switch {
	case !x.seen.IsValid():
		x.say("address", Skipped, "", "the carrier does not say how it sees us")
	case seen == said:
		x.say("address", Good, "", "the carrier sees us as we say: %s", said)
	case !x.d.publicTo(seen).IsValid():
		x.say("address", Bad, "set sip.external: "+seen.String()+", and have the router pass the ports of sip.listen and sip.rtp to this machine",
			"the carrier sees us as %s, but we say %s: you are behind NAT, and it cannot call us, nor send sound", seen, said)
	default:
		x.say("address", Bad, "set sip.external: "+seen.String(), "the carrier sees us as %s, but sip.external says %s", seen, x.d.publicTo(seen))
	}
}

// registration asks for our bindings, which shows whether the carrier knows us
// and the password is right, and changes nothing.
func (x *examiner) registration(ctx context.Context) {
	if x.t.Username == "" {
		x.say("registration", Skipped, "", "the trunk has no username: the carrier knows us by our address")
		return
	}
	if !x.t.Register {
		x.say("registration", Skipped, "", "the trunk does not register; whether username and password are right only a call shows")
		return
	}
	r, err := x.question(ctx, x.t.Username)
	switch {
	case errors.Is(err, dialog.ErrCredentials):
		x.say("registration", Bad, "compare username, password and domain with what the carrier wrote", "%v", err)
	case err != nil:
		x.say("registration", Bad, x.silence(), "no answer to REGISTER: %v", err)
	case r.Code >= 300:
		x.say("registration", Bad, "compare username, password and domain with what the carrier wrote", "%d %s: %s", r.Code, r.Reason, meaning(r.Code, x.t.Username))
	default:
		x.say("registration", Good, "", "user %s and the password are right; the carrier has %s of it", x.t.Username, several(len(r.Contacts), "registration"))
	}
}

func several(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "one " + what
	default:
		return fmt.Sprintf("%d %ss", n, what)
	}
}
