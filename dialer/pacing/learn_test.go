package pacing_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"careline/dialer/pacing"
)

// lineEach places a line a second, of which one in so many is answered by a
// person after 8 to 12 s; the rest ends after 25 s.
func lineEach(p *pacing.Policy, from, seconds, oneIn int) {
	for s := range seconds + 30 {
		now := after(float64(from + s))
		if s < seconds {
			p.Placed(fmt.Sprint("line ", from+s), now)
		}
		for age := 8; age <= 12; age++ {
			if i := s - age; i >= 0 && i < seconds && i%oneIn == 0 && 8+i/oneIn%5 == age {
				p.Answered(fmt.Sprint("line ", from+i), true, now)
			}
		}
		if i := s - 25; i >= 0 && i < seconds {
			p.Ended(fmt.Sprint("line ", from+i), now)
		}
		p.Calls(now)
	}
}

// TestLearnsTheChanceOfAnAnswer follows it, and when it changes.
func TestLearnsTheChanceOfAnAnswer(t *testing.T) {
	p := pacing.New(pacing.Options{})
	p.Agent("agent", pacing.Talking, after(0))
	from := 0
	for _, oneIn := range []int{4, 2, 10} {
		lineEach(p, from, 900, oneIn)
		from += 930
		d := p.Decision()
		if want := 1 / float64(oneIn); math.Abs(d.Chance-want) > 0.15*want || d.Doubt > 0.4 {
			t.Errorf("one in %d answers: chance %.3f, doubt %.3f", oneIn, d.Chance, d.Doubt)
		}
	}
	if h := p.Decision().Horizon; h < 11*time.Second || h > 14*time.Second {
		t.Errorf("looks ahead for %v; want about 13s: nobody answers later", h)
	}
}

// TestLearnsHowLongAgentsTake learns talks of 60 s and wrap-ups of 20 s.
func TestLearnsHowLongAgentsTake(t *testing.T) {
	p := pacing.New(pacing.Options{})
	lineEach(p, 0, 2000, 2) // so that it looks 13 s ahead
	at := 3000.0
	for i := range 200 {
		id := fmt.Sprint("agent ", i%10)
		p.Agent(id, pacing.Talking, after(at+float64(i)*100))
		p.Agent(id, pacing.WrapUp, after(at+float64(i)*100+60))
		p.Agent(id, pacing.Idle, after(at+float64(i)*100+80))
	}
	at += 20000
	p.Agent("agent 0", pacing.Talking, after(at))
	for _, tt := range []struct {
		seconds   float64
		low, high float64
		then      pacing.AgentState
	}{
		{10, 0, 0.05, ""}, // 70 s to go
		{60, 0, 0.3, pacing.WrapUp},
		{61, 0, 0.4, ""},
		{75, 0.7, 1, ""},
	} {
		if tt.then != "" {
			p.Agent("agent 0", tt.then, after(at+tt.seconds))
		}
		p.Calls(after(at + tt.seconds))
		if d := p.Decision(); d.Busy != 1 || d.Releases < tt.low || d.Releases > tt.high {
			t.Errorf("after %v s: %v agents expected of %d; want %v to %v", tt.seconds, d.Releases, d.Busy, tt.low, tt.high)
		}
	}
}

// TestNobodyExpectedNothingPlaced places nothing while all have only begun to talk.
func TestNobodyExpectedNothingPlaced(t *testing.T) {
	p := pacing.New(pacing.Options{})
	lineEach(p, 0, 1000, 3)
	for i := range 4 {
		p.Agent(fmt.Sprint("agent ", i), pacing.Talking, after(2000))
	}
	if n := p.Calls(after(2001)); n != 0 || p.Decision().Releases > 0.5 {
		t.Errorf("Calls = %d, %v agents expected; want 0", n, p.Decision().Releases)
	}
	p.Agent("agent 0", pacing.Idle, after(2100))
	if n := p.Calls(after(2100)); n < 1 {
		t.Errorf("Calls with an idle agent = %d; want at least 1", n)
	}
}

// TestOverTheCapNothingIsRisked keeps to one line for each idle agent, nearly,
// while too many were abandoned, and takes up again when the window has passed.
func TestOverTheCapNothingIsRisked(t *testing.T) {
	p := pacing.New(pacing.Options{Window: pacing.Window{Span: time.Hour, Rolling: true}})
	lineEach(p, 0, 900, 5)
	for i := range 9 {
		p.Abandoned(fmt.Sprint("lost ", i), after(940))
	}
	staff(p, 3, 950)
	if n := p.Calls(after(950)); n < 3 || n > 4 || p.Decision().Slack >= 0 {
		t.Errorf("Calls over the cap = %d, slack %v; want 3 or 4 for 3 idle agents", n, p.Decision().Slack)
	}
	if p.Calls(after(950 + 3700)); p.Decision().Tally != (pacing.Tally{}) {
		t.Errorf("an hour later the window holds %+v; want nothing", p.Decision().Tally)
	}
}

func TestNoCapNoRisk(t *testing.T) {
	p := pacing.New(pacing.Options{Cap: -1})
	lineEach(p, 0, 900, 10)
	staff(p, 7, 950)
	if n := p.Calls(after(950)); n != 7 || p.Decision().Hold != pacing.CapHit {
		t.Errorf("Calls without a cap = %d, held by %q; want 7, %q", n, p.Decision().Hold, pacing.CapHit)
	}
}

// TestMemoryDoesNotGrow runs a month in which nothing is ever told to have ended.
func TestMemoryDoesNotGrow(t *testing.T) {
	p := pacing.New(pacing.Options{})
	most := 0
	for day := range 30 {
		for i := range 2000 {
			at := float64(day)*86400 + float64(i)*10
			id := fmt.Sprint(day, " ", i)
			p.Agent("agent "+id, pacing.Idle, after(at))
			p.Placed(id, after(at))
			switch i % 3 {
			case 0:
				p.Answered(id, true, after(at+1))
				p.Agent("agent "+id, pacing.Talking, after(at+1))
			case 1:
				p.Abandoned(id, after(at+3))
			}
			p.Agent("agent "+id, pacing.Away, after(at+5))
			p.Calls(after(at + 5))
			most = max(most, p.Remembered())
		}
	}
	if most > 200 {
		t.Errorf("remembers up to %d things of 10 s a call; want at most 200", most)
	}
}
