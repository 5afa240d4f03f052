package pacing_test

import (
	"fmt"
	"testing"
	"time"

	"careline/dialer/pacing"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// after returns a time on the first morning.
func after(seconds float64) time.Time {
	return morning.Add(time.Duration(seconds * float64(time.Second)))
}

// place places so many calls, named from the first on.
func place(p *pacing.Policy, first, n int, at float64) {
	for i := range n {
		p.Placed(fmt.Sprint("call ", first+i), after(at))
	}
}

// staff brings agents, all idle.
func staff(p *pacing.Policy, n int, at float64) {
	for i := range n {
		p.Agent(fmt.Sprint("agent ", i), pacing.Idle, after(at))
	}
}

func TestNobodyThereNothingPlaced(t *testing.T) {
	p := pacing.New(pacing.Options{})
	if n := p.Calls(after(0)); n != 0 || p.Decision().Hold != pacing.NoAgents {
		t.Errorf("Calls = %d, held by %q; want 0, %q", n, p.Decision().Hold, pacing.NoAgents)
	}
	staff(p, 3, 1)
	if n := p.Calls(after(1)); n < 3 {
		t.Errorf("Calls with 3 idle agents = %d; want at least 3", n)
	}
	for i := range 3 {
		p.Agent(fmt.Sprint("agent ", i), pacing.Away, after(2))
	}
	if n := p.Calls(after(2)); n != 0 {
		t.Errorf("Calls after all have left = %d; want 0", n)
	}
}

// TestFirstCallsCannotBeAbandoned begins with no more lines than agents: no
// abandoned call would be within the cap yet.
func TestFirstCallsCannotBeAbandoned(t *testing.T) {
	for _, agents := range []int{1, 5, 20, 200} {
		p := pacing.New(pacing.Options{})
		staff(p, agents, 0)
		if n := p.Calls(after(0)); n != agents || p.Decision().Hold != pacing.CapHit {
			t.Errorf("first Calls with %d agents = %d, held by %q; want %d, %q", agents, n, p.Decision().Hold, agents, pacing.CapHit)
		}
	}
}

func TestNoMoreThanMaxLines(t *testing.T) {
	p := pacing.New(pacing.Options{MaxLines: 1})
	staff(p, 4, 0)
	place(p, 0, 3, 0)
	if n := p.Calls(after(0)); n != 1 {
		t.Errorf("Calls with 3 of 4 lines in use = %d; want 1", n)
	}
	place(p, 3, 1, 0)
	if n := p.Calls(after(1)); n != 0 || p.Decision().Hold != pacing.MaxLines {
		t.Errorf("Calls with 4 of 4 lines in use = %d, held by %q; want 0, %q", n, p.Decision().Hold, pacing.MaxLines)
	}
}
