package dialog

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Sources returns how many addresses sipgo keeps for UDP.
func Sources(e *Endpoint) int { return e.ua.TransportLayer().Pool("udp").Size() }

// Left says what an endpoint still keeps of calls; empty for nothing.
func Left(e *Endpoint) (left string) {
	e.calls.mu.Lock()
	defer e.calls.mu.Unlock()
	e.intake.mu.Lock()
	defer e.intake.mu.Unlock()
	for name, n := range map[string]int{
		"outgoing": len(e.calls.outgoing), "dialogs": len(e.calls.dialogs), "incoming": len(e.calls.incoming),
		"waiting": len(e.calls.waiting), "merged": len(e.calls.merged), "early": len(e.calls.early), "setups": len(e.intake.setups),
	} {
		if n != 0 {
			left += fmt.Sprintf("%s: %d ", name, n)
		}
	}
	return left
}

// Crew is how many goroutines an endpoint has under way.
func Crew(e *Endpoint) int {
	e.crew.mu.Lock()
	defer e.crew.mu.Unlock()
	return e.crew.n
}

// Age makes all answers of DNS old, but not too old to be used.
func Age(e *Endpoint) {
	e.names.mu.Lock()
	defer e.names.mu.Unlock()
	for name, a := range e.names.known {
		a.at = a.at.Add(-2 * nameFresh)
		e.names.known[name] = a
	}
}

// Hear has an endpoint hear of a source of UDP packets.
func Hear(e *Endpoint, from string) {
	e.udp.sources.note(netip.MustParseAddrPort(from), e.udp.sources.turned)
}

// Turn ends a generation of sources.
func Turn(e *Endpoint) { e.udp.sources.turn(time.Now()) }

// Heard tells whether sipgo can answer a source.
func Heard(e *Endpoint, from string) bool { return e.ua.TransportLayer().Pool("udp").Get(from) != nil }

// Due does what the session timer does when it is time.
func (d *Dialog) Due(ctx context.Context) {
	d.mu.Lock()
	round := d.timer.round
	d.mu.Unlock()
	d.due(ctx, round)
}
