package pacing_test

import (
	"fmt"
	"testing"

	"careline/dialer/pacing"
)

// busyFloor is a policy amid a day: so many agents, one in ten idle, and so many
// lines of all ages.
func busyFloor(agents, lines int) *pacing.Policy {
	p := pacing.New(pacing.Options{MaxLines: 100})
	at, call := 0.0, 0
	for range 500 { // calls that came and went
		at += 0.5
		p.Placed(fmt.Sprint("past ", call), after(at))
		p.Answered(fmt.Sprint("past ", call), call%3 == 0, after(at+10))
		p.Ended(fmt.Sprint("past ", call), after(at+10))
		call++
	}
	at += 100
	for i := range agents {
		p.Agent(fmt.Sprint("agent ", i), pacing.Idle, after(at))
		if i%10 > 0 {
			p.Agent(fmt.Sprint("agent ", i), pacing.Talking, after(at))
		}
	}
	for i := range lines {
		place(p, i, 1, at+20*float64(i)/float64(lines))
	}
	p.Calls(after(at + 20))
	return p
}

func BenchmarkCalls(b *testing.B) {
	for _, n := range []struct{ agents, lines int }{{5, 10}, {20, 60}, {100, 500}} {
		b.Run(fmt.Sprintf("agents=%d,lines=%d", n.agents, n.lines), func(b *testing.B) {
			p := busyFloor(n.agents, n.lines)
			now := p.Decision().At
			b.ReportAllocs()
			for b.Loop() {
				p.Calls(now)
			}
		})
	}
}

// TestCallsDoesNotAllocate holds it to what the benchmark shows.
func TestCallsDoesNotAllocate(t *testing.T) {
	p := busyFloor(100, 500)
	now := p.Decision().At
	if n := testing.AllocsPerRun(100, func() { p.Calls(now) }); n > 0 {
		t.Errorf("Calls allocates %v times; want 0", n)
	}
}
