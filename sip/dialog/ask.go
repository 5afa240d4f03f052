package dialog

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// Question is a request outside of any call: OPTIONS, which asks whether the
// peer is there and what it can do, or with a User a REGISTER that asks for that
// user's bindings and changes none (RFC 3261 section 10.2.3).
type Question struct {
	Target      string // request URI
	Route       string // as Invite.Route; empty is where Target points
	Path        Path   // as Invite.Path
	User        string // at Target's host; empty asks OPTIONS
	Credentials Credentials
}

// Reply is what came back.
type Reply struct {
	Code       int
	Reason     string
	RetryAfter time.Duration  // as the peer asked; 0 without
	Server     string         // the software, where it says
	Allow      string         // the methods, where it says
	Contacts   []string       // the bindings, to REGISTER
	Seen       netip.AddrPort // our address as the peer saw it (RFC 3581); invalid where it does not say
	Sent       netip.AddrPort // our address as we said it; invalid where that is a name
	Took       time.Duration  // of the last transaction
}

// Ask asks, answers challenges, and returns the final response; an error when
// none came.
func (e *Endpoint) Ask(ctx context.Context, q Question) (Reply, error) {
	uri, err := parseURI(q.Target)
	if err != nil {
		return Reply{}, fmt.Errorf("ask %s: %w", q.Route, err)
	}
	req := e.question(q, uri)
	var tries rounds
	for {
		began := time.Now()
		res, err := e.exchange(ctx, req)
		if err != nil {
			return Reply{}, fmt.Errorf("%s to %s: %w", strings.ToLower(string(req.Method)), req.Destination(), err)
		}
		again := tries.next(req, res, q.Credentials)
		if again == nil {
			return replyOf(res, time.Since(began)), nil
		}
		e.via(again, "")
		req = again
	}
}

func (e *Endpoint) question(q Question, uri sipmsg.Uri) *sipmsg.Request {
	o := outline{method: sipmsg.OPTIONS, uri: uri, callID: rand.Text(), cseq: 1, dest: q.Route, to: to(Party{}, &uri, "")}
	o.from = e.from(Party{User: e.opt.UserAgent}, rand.Text(), wire.HeadingOf(&uri).String())
	if q.User == "" {
		req := e.request(o)
		q.Path.lead(req)
		req.AppendHeader(e.wire.Contact("", uri.Scheme, req.Transport(), req.Destination()))
		req.AppendHeader(sipmsg.NewHeader("Accept", typeSDP))
		return req
	}
	aor := sipmsg.Uri{Scheme: "sip", User: grammar.UserPart(q.User), Host: uri.Host}
	from := &sipmsg.FromHeader{Address: aor}
	from.Params.Add("tag", rand.Text())
	o.method, o.from, o.to = sipmsg.REGISTER, from, &sipmsg.ToHeader{Address: aor}
	return e.request(o)
}

func replyOf(res *sipmsg.Response, took time.Duration) Reply {
	r := Reply{
		Code: res.StatusCode, Reason: grammar.Plain(res.Reason, 128), RetryAfter: wire.RetryAfter(res), Took: took,
		Server: grammar.Plain(wire.Header(res, "Server"), 64), Allow: grammar.Plain(wire.Header(res, "Allow"), 256),
	}
	if r.Server == "" {
		r.Server = grammar.Plain(wire.Header(res, "User-Agent"), 64)
	}
	for _, h := range res.GetHeaders("Contact") {
		r.Contacts = append(r.Contacts, grammar.Plain(h.Value(), 128))
	}
	via := res.Via()
	if via == nil {
		return r
	}
	r.Sent = address(via.Host, uint16(via.Port))
	seen, port := r.Sent, ""
	if host, ok := via.Params.Get("received"); ok {
		seen = address(host, seen.Port())
	}
	if port, _ = via.Params.Get("rport"); seconds(port) > 0 {
		seen = netip.AddrPortFrom(seen.Addr(), uint16(seconds(port)/time.Second))
		r.Seen = seen
	} else if via.Params.Has("received") {
		r.Seen = seen
	}
	return r
}

// address reads a host that is an IP.
func address(host string, port uint16) netip.AddrPort {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), port)
}
