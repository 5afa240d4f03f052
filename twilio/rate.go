package twilio

import (
	"context"
	"net/http"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
)

// How long a call may wait for its turn at the account.
const (
	mostTurn   = time.Second     // one that somebody decided to place right now
	servesTurn = 5 * time.Second // one for somebody who waits
	early      = 250 * time.Millisecond
)

// account is one at Twilio, whose calls per second all of its trunks share. Where
// the trunks are paced as configured a call waits for those alone that nobody
// paces, as calls to agents.
type account struct {
	spacing time.Duration

	mu   sync.Mutex
	next time.Time // when the next call is due
}

func newAccount(perSecond float64) *account {
	return &account{spacing: time.Duration(float64(time.Second) / perSecond)}
}

// turn gives a call its turn, and returns how long that is from now. It reports
// false where it would be longer than most: then the call gets none.
func (a *account) turn(now time.Time, most time.Duration) (time.Duration, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.next.Before(now) {
		a.next = now
	}
	wait := a.next.Sub(now) - min(early, a.spacing/2) // starts are never even
	if wait > most {
		return 0, false
	}
	a.next = a.next.Add(a.spacing)
	return max(wait, 0), true
}

// turn waits until the account may be asked for another call, so that Twilio never
// keeps one waiting.
func (p *placing) turn(ctx context.Context) *call.Failure {
	most := mostTurn
	if p.order.Serves != "" {
		most = servesTurn
	}
	wait, ok := p.trunk.account.turn(time.Now(), most)
	if !ok {
		return &call.Failure{Disposition: campaigns.Congestion, Evidence: campaigns.Evidence{
			Status: http.StatusTooManyRequests, RetryAfter: 1, Rule: campaigns.ByUs,
			Text: "other calls of the account take all of its calls per second",
		}}
	}
	if !pause(ctx, wait) {
		return notPlaced("given up: %v", context.Cause(ctx))
	}
	return nil
}
