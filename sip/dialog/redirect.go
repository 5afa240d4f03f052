package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/campaigns"
	"careline/sip/grammar"
	"careline/sip/wire"
)

// ErrRedirect is the cause of a redirect that was not followed: Invite.Redirect
// has refused each of its targets.
var ErrRedirect = errors.New("redirect not followed")

// mostMoves is how many targets of a redirect are tried at most, in turn.
const mostMoves = 3

// targetOf is the request URI of a leg's INVITEs.
func targetOf(leg campaigns.Leg) string { return cmp.Or(leg.Moved, leg.Target) }

// routeTo is the route of an INVITE to uri: that of the first target, unless a
// redirect has led to another host or port.
func routeTo(uri, first *sipmsg.Uri, route string) string {
	if strings.EqualFold(uri.Host, first.Host) && wire.PortOf(uri) == wire.PortOf(first) {
		return route
	}
	return ""
}

// moves are the targets of a redirect.
type moves struct {
	known bool // a redirect came: another one is not followed
	left  []sipmsg.Uri
	why   error // that Invite.Redirect has refused one
}

// take notes the targets of the first redirect, without those that the call
// comes from. One that is redirected again is not followed further, so that no
// two servers send us to and fro.
func (m *moves) take(final *sipmsg.Response, from *sipmsg.Uri) {
	if m.known || final.StatusCode < 300 || final.StatusCode > 302 {
		return
	}
	m.known = true
	for _, u := range contactsOf(final) {
		if len(m.left) < mostMoves && !sameURI(&u, from) && !slices.ContainsFunc(m.left, func(v sipmsg.Uri) bool { return sameURI(&u, &v) }) {
			m.left = append(m.left, u)
		}
	}
}

// next returns the target to try next.
func (m *moves) next() (u sipmsg.Uri, ok bool) {
	if len(m.left) == 0 {
		return u, false
	}
	u, m.left = m.left[0], m.left[1:]
	return u, true
}

// movesOn reports whether the next target may be tried after a refusal: it must
// be the target that has failed, not the callee who has declined.
func movesOn(code int) bool {
	return code < 400 || code == 404 || code == 408 || code == 410 || code >= 500 && code < 600
}

// move sends the INVITE to the next target of a redirect, and reports whether it
// did. A callee that has rung is not called again.
func (o *outgoing) move(ctx context.Context, final *sipmsg.Response) bool {
	if o.inv.Redirect == nil || !movesOn(final.StatusCode) {
		return false
	}
	o.mu.Lock()
	o.moves.take(final, &o.req.Recipient)
	o.mu.Unlock()
	for o.unrung() {
		uri, ok := o.moves.next()
		if !ok {
			return false
		}
		if err := o.moveTo(ctx, uri); err == nil {
			return true
		} else if !errors.Is(err, ErrNotSent) {
			o.moves.why = fmt.Errorf("%w: %w", ErrRedirect, err)
		}
	}
	return false
}

// unrung reports whether the call is still wanted and has not rung anywhere.
func (o *outgoing) unrung() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.why == nil && !o.rang
}

// moveTo sends the INVITE to another target, with a branch of its own.
func (o *outgoing) moveTo(ctx context.Context, uri sipmsg.Uri) error {
	leg := o.inv.Leg
	leg.Moved, leg.Branch, leg.CSeq = uri.String(), newBranch(), o.req.CSeq().SeqNo+1
	again, err := o.moved(uri, leg)
	if err != nil {
		return err
	}
	if err := o.inv.Redirect(ctx, leg); err != nil {
		return err
	}
	o.mu.Lock()
	given := o.why
	if given == nil {
		o.inv.Leg, o.rounds = leg, rounds{}
	}
	o.mu.Unlock()
	if given != nil {
		return given
	}
	return o.send(ctx, again)
}

// moved builds the INVITE to another target. Credentials are for the realm that
// asked for them and stay behind, as do headers that the URI would add.
func (o *outgoing) moved(uri sipmsg.Uri, leg campaigns.Leg) (*sipmsg.Request, error) {
	first, err := parseURI(leg.Target)
	if err != nil {
		return nil, err
	}
	again := o.req.Clone()
	transport := wire.TransportOf(&uri, o.e.wire.ViaOf(again))
	if again.Transport() == "TLS" && transport != "TLS" {
		return nil, fmt.Errorf("it leads from TLS to %s", grammar.Plain(transport, 16))
	}
	dest := cmp.Or(routeTo(&uri, &first, o.inv.Route), wire.HeadingOf(&uri).String())
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Contact"} {
		for again.RemoveHeader(name) {
		}
	}
	again.Recipient = uri
	again.SetTransport(transport)
	again.SetDestination(dest)
	again.Laddr = sipmsg.Addr{}
	again.CSeq().SeqNo = leg.CSeq
	o.e.via(again, leg.Branch)
	again.AppendHeader(o.e.wire.Contact(o.inv.From.User, uri.Scheme, transport, dest))
	return again, nil
}

// contactsOf reads the Contacts of a redirect, those of the highest q first.
func contactsOf(res *sipmsg.Response) (uris []sipmsg.Uri) {
	type contact struct {
		uri sipmsg.Uri
		q   float64
	}
	var all []contact
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok {
			continue
		}
		c.Address.Headers = nil
		uri, err := parseURI(c.Address.String())
		if method, ok := uri.UriParams.Get("method"); err != nil || ok && !strings.EqualFold(method, "INVITE") {
			continue
		}
		uri.UriParams.Remove("method")
		q := 1.0
		if v, ok := c.Params.Get("q"); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		all = append(all, contact{uri, q})
	}
	slices.SortStableFunc(all, func(a, b contact) int { return cmp.Compare(b.q, a.q) })
	for _, c := range all {
		uris = append(uris, c.uri)
	}
	return uris
}

// sameURI reports whether two URIs lead to the same place.
func sameURI(a, b *sipmsg.Uri) bool {
	return a.User == b.User && strings.EqualFold(a.Host, b.Host) && wire.PortOf(a) == wire.PortOf(b) &&
		wire.TransportOf(a, "UDP") == wire.TransportOf(b, "UDP")
}
