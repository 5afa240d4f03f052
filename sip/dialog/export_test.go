package dialog

import (
	"context"
	"fmt"
)

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

// Due does what the session timer does when it is time.
func (d *Dialog) Due(ctx context.Context) {
	d.mu.Lock()
	round := d.timer.round
	d.mu.Unlock()
	d.due(ctx, round)
}
