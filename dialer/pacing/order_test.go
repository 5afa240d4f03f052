package pacing_test

import (
	"testing"

	"careline/dialer/pacing"
)

// told is one event of a call or an agent.
type told func(p *pacing.Policy, at float64)

func placed(p *pacing.Policy, at float64)    { p.Placed("call", after(at)) }
func ringing(p *pacing.Policy, at float64)   { p.Ringing("call", after(at)) }
func answered(p *pacing.Policy, at float64)  { p.Answered("call", true, after(at)) }
func machine(p *pacing.Policy, at float64)   { p.Answered("call", false, after(at)) }
func ended(p *pacing.Policy, at float64)     { p.Ended("call", after(at)) }
func abandoned(p *pacing.Policy, at float64) { p.Abandoned("call", after(at)) }
func idle(p *pacing.Policy, at float64)      { p.Agent("agent", pacing.Idle, after(at)) }
func talking(p *pacing.Policy, at float64)   { p.Agent("agent", pacing.Talking, after(at)) }

// TestEventsInAnyOrder tells the same in the orders in which callers of the
// package may, and more. After each, a second passes.
func TestEventsInAnyOrder(t *testing.T) {
	for _, tt := range []struct {
		name                       string
		told                       []told
		lines, waiting, live, lost int
	}{
		{name: "placed", told: []told{placed}, lines: 1},
		{name: "placed twice", told: []told{placed, placed}, lines: 1},
		{name: "rings", told: []told{placed, ringing, ringing}, lines: 1},
		{name: "rings, unknown", told: []told{ringing}},
		{name: "ended, unknown", told: []told{ended}},
		{name: "not answered", told: []told{placed, ended, ended}},
		{name: "answered after its end", told: []told{placed, ended, answered}},
		{name: "answered", told: []told{placed, ringing, answered}, waiting: 1, live: 1},
		{name: "answered twice", told: []told{placed, answered, answered}, waiting: 1, live: 1},
		{name: "answered, never placed", told: []told{answered}, waiting: 1, live: 1},
		{name: "answered by a machine", told: []told{placed, machine, ended}},
		{name: "served", told: []told{idle, placed, answered, talking}, live: 1},
		{name: "served, then ended", told: []told{idle, placed, answered, talking, ended}, live: 1},
		{name: "ended as it is handed over, then served", told: []told{idle, placed, answered, ended, talking}, live: 1},
		{name: "served before it is answered", told: []told{idle, placed, talking, answered}, live: 1},
		{name: "agent told twice", told: []told{idle, idle, placed, answered, talking, talking}, live: 1},
		{name: "abandoned", told: []told{placed, answered, abandoned}, live: 1, lost: 1},
		{name: "abandoned and ended", told: []told{placed, answered, abandoned, ended}, live: 1, lost: 1},
		{name: "ended and abandoned", told: []told{placed, answered, ended, abandoned}, live: 1, lost: 1},
		{name: "abandoned twice", told: []told{placed, answered, abandoned, ended, abandoned}, live: 1, lost: 1},
		{name: "abandoned, its answer never told", told: []told{placed, abandoned, ended}, live: 1, lost: 1},
		{name: "abandoned, nothing else told", told: []told{abandoned}, live: 1, lost: 1},
		{name: "machine abandoned", told: []told{placed, machine, abandoned}},
		{name: "placed again after its end", told: []told{placed, ended, placed}, lines: 1},
		{name: "placed again after its talk", told: []told{idle, placed, answered, talking, ended, placed}, lines: 1, live: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := pacing.New(pacing.Options{})
			p.Agent("somebody", pacing.Idle, after(0))
			for i, tell := range tt.told {
				tell(p, 1+0.5*float64(i))
			}
			p.Calls(after(1 + 0.5*float64(len(tt.told))))
			d := p.Decision()
			if d.Lines != tt.lines || d.Waiting != tt.waiting || d.Tally != (pacing.Tally{Live: tt.live, Abandoned: tt.lost}) {
				t.Errorf("%d lines, %d waiting, %+v; want %d, %d, %d live, %d abandoned", d.Lines, d.Waiting, d.Tally, tt.lines, tt.waiting, tt.live, tt.lost)
			}
		})
	}
}

// TestForgetsWhatItHearsNothingOf forgets lines and callers whose end was never
// told.
func TestForgetsWhatItHearsNothingOf(t *testing.T) {
	p := pacing.New(pacing.Options{})
	staff(p, 5, 0)
	place(p, 0, 5, 0)
	p.Answered("call 0", true, after(5))
	p.Calls(after(5))
	if d := p.Decision(); d.Lines != 4 || d.Waiting != 1 {
		t.Fatalf("%d lines, %d waiting; want 4, 1", d.Lines, d.Waiting)
	}
	p.Calls(after(9))
	if d := p.Decision(); d.Waiting != 0 {
		t.Errorf("4 s after the answer %d wait; want none: patience is 2 s", d.Waiting)
	}
	p.Calls(after(200))
	if d := p.Decision(); d.Lines != 0 {
		t.Errorf("200 s after their placing %d lines; want none", d.Lines)
	}
}

// TestTimeGoesBack bears times that are earlier than those before.
func TestTimeGoesBack(t *testing.T) {
	p := pacing.New(pacing.Options{})
	staff(p, 2, 10)
	place(p, 0, 2, 9)
	p.Answered("call 0", true, after(8.5))
	p.Agent("agent 0", pacing.Talking, after(8))
	if n := p.Calls(after(7)); n != 0 {
		t.Errorf("Calls with one line for one idle agent = %d; want 0", n)
	}
	if d := p.Decision(); !d.At.Equal(after(10)) || d.Waiting != 0 || d.Lines != 1 {
		t.Errorf("decision %+v; want one at the latest time", d)
	}
}
