package dialog

import (
	"errors"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// ErrConnectionLost is why a registration is worth nothing any more: the registrar
// calls us by the connection that it was made by alone, and no other came about.
var ErrConnectionLost = errors.New("the connection was lost")

// offerOutbound says which of our ways to the registrar this is, and that it is
// kept alive (RFC 5626 section 4.2.1, RFC 6223 section 4).
func (b *binding) offerOutbound(req *sipmsg.Request) {
	if b.Instance == "" {
		return
	}
	if c := req.Contact(); c != nil {
		c.Params.Add("+sip.instance", `"<`+b.Instance+`>"`)
		c.Params.Add("reg-id", "1")
	}
	req.Via().Params.Add("keep", "")
	req.AppendHeader(sipmsg.NewHeader("Supported", "outbound, path"))
}

// bound notes the connection that a registration was granted on, and what the
// registrar asks of it.
func (b *binding) bound(res *sipmsg.Response) {
	b.granted, b.lost, b.gone, b.since = lists(listed(res, "Require"), "outbound"), false, nil, time.Now()
	if res.Transport() == "UDP" {
		return
	}
	flow, ok := b.e.wire.Flow(res.Transport(), wire.SourceOf(res))
	if !ok { // closed right behind the answer
		b.gone = closedChannel
		return
	}
	b.gone = flow.Gone()
	if b.Instance != "" {
		flow.Keep(b.granted, pingsOf(res))
	}
}

// closedChannel is of what is over.
var closedChannel = func() chan struct{} {
	ch := make(chan struct{})
	close(ch)
	return ch
}()

// pingsOf is how often the registrar wants to hear from us at least; 0 where it
// does not say.
func pingsOf(res *sipmsg.Response) time.Duration {
	if every := seconds(wire.Header(res, "Flow-Timer")); every > 0 {
		return every
	}
	if via := res.Via(); via != nil {
		every, _ := via.Params.Get("keep")
		return seconds(every)
	}
	return 0
}

// dropped notes that the connection is gone, and returns when to register again:
// at once, but later and later where it never lasts.
func (b *binding) dropped() time.Duration {
	b.lost, b.gone = b.granted, nil
	if time.Since(b.since) >= b.Retry {
		b.drops = 0
	}
	b.drops++
	if b.drops == 1 {
		return 0
	}
	if b.lost {
		b.OnChange(time.Time{}, fmt.Errorf("register at %s: %w", b.uri.Host, ErrConnectionLost))
	}
	return min(b.Retry<<min(b.drops-2, 10), max(longestRetry, b.Retry))
}
