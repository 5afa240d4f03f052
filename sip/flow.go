package sip

import (
	"context"
	"errors"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
	"careline/call"
)

// outbound grants a REGISTER, where it asks for that, that calls come by the
// connection that it came by (RFC 5626 section 6).
func (reg registration) outbound(req *sipmsg.Request) []sipmsg.Header {
	wants := strings.Contains(strings.ToLower(headerValue(req, "Supported")), "outbound")
	numbered := func(a asked) bool { return a.instance != "" && !strings.HasSuffix(a.instance, ";") }
	if !wants || req.Transport() == "UDP" || reg.phone.Path != "" || !slices.ContainsFunc(reg.contacts, numbered) {
		return nil
	}
	return []sipmsg.Header{sipmsg.NewHeader("Require", "outbound")}
}

// byPhone puts the ways to one phone together: its flows (RFC 5626 section 3.3),
// those first by which it stands connected. Others are phones of their own.
func byPhone(bindings []agents.Binding, stands func(agents.Binding) bool) [][]agents.Binding {
	var phones [][]agents.Binding
	at := make(map[string]int) // by instance
	for _, b := range bindings {
		id, flow, _ := strings.Cut(b.Instance, ";")
		n, known := at[id]
		switch {
		case flow == "" || !known:
			at[id] = len(phones)
			phones = append(phones, []agents.Binding{b})
		case stands(b) && !stands(phones[n][0]):
			phones[n] = slices.Insert(phones[n], 0, b)
		default:
			phones[n] = append(phones[n], b)
		}
	}
	return phones
}

// stands tells whether a phone can be reached by the way it registered, as far as
// is known: by UDP, and behind a proxy, nobody knows.
func (d *Driver) stands(b agents.Binding) bool {
	at, transport := cameFrom(b)
	return transport == "" || b.Path != "" || d.end.Wire().Connected(transport, at)
}

// ringPhone places a call to a phone, by one of its flows after another.
func (d *Driver) ringPhone(ctx context.Context, o call.Order, w way) (*Line, error) {
	line, err := d.dialPhone(ctx, o, w)
	for _, next := range w.others {
		if ctx.Err() != nil || !flowFailed(err) {
			break
		}
		line, err = d.dialPhone(ctx, o, next)
	}
	return line, err
}

// flowFailed tells whether a call has not reached its phone, as the way to it is
// broken: 430 is Flow Failed.
func flowFailed(err error) bool {
	var f *call.Failure
	if !errors.As(err, &f) || f.Rang {
		return false
	}
	return f.Evidence.Status == 430 || f.Evidence.Status == 0
}
