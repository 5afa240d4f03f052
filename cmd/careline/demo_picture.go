package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/sip"
	"careline/switchboard"
)

// picture is the state of a demonstration at one moment.
type picture struct {
	seed    uint64
	elapsed time.Duration
	stats   sip.Stats
	up      int // calls on the trunks, ringing ones too
	talking int // conversations with a flow
	waiting int // callers in queues
	agents  []switchboard.Status
	topics  []topic
}

// topic is one campaign's progress.
type topic struct {
	name   string
	funnel campaigns.Funnel
}

// picture gathers the state.
func (s *screen) picture(ctx context.Context) (picture, error) {
	d := s.d
	p := picture{seed: d.cmd.Seed, elapsed: time.Since(d.began), stats: d.svc.driver.Stats(), talking: d.svc.desk.Live() + d.twin.talking()}
	for _, t := range d.svc.lines.Trunks() {
		p.up += t.Calls + t.Taken
	}
	p.agents, p.waiting = d.svc.board.Status(time.Now())
	s.mu.Lock()
	topics := s.topics
	s.mu.Unlock()
	for _, c := range topics {
		f, err := d.svc.store.Funnel(ctx, c.ID)
		if err != nil {
			return p, err
		}
		p.topics = append(p.topics, topic{name: c.Name, funnel: f})
	}
	return p, nil
}

// left is how many contacts may still be called.
func (t topic) left() int {
	return t.funnel.ByState[campaigns.Pending] + t.funnel.ByState[campaigns.Dialing]
}

// done is the share of contacts that are through, 0..1.
func (t topic) done() float64 {
	if t.funnel.Submitted == 0 {
		return 0
	}
	return 1 - float64(t.left())/float64(t.funnel.Submitted)
}

// line is the state in one line.
func (p picture) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "calls up %d, answered %d, in queue %d", p.up, p.talking, p.waiting)
	for _, t := range p.topics {
		fmt.Fprintf(&b, "; %s %.0f %% of %d through, %d attempts", t.name, 100*t.done(), t.funnel.Submitted, t.funnel.Attempts)
	}
	return b.String()
}

// lines is the state as a picture of width by height characters: the figures,
// and below them as many of the last events as there is room for.
func (p picture) lines(width, height int, events []string) (figures, last []string) {
	head := fmt.Sprintf("careline demo   seed %d", p.seed)
	figures = append(figures,
		head+strings.Repeat(" ", max(1, width-len(head)-5))+clock(p.elapsed),
		"",
		fmt.Sprintf("calls up %-4d answered %-4d in queue %-3d sound %d packets out, %d in",
			p.up, p.talking, p.waiting, p.stats.Sent, p.stats.Received),
		"agents   "+p.agentsLine(),
		"",
	)
	for _, t := range p.topics {
		figures = append(figures, t.lines(width)...)
	}
	figures = clipped(figures[:min(len(figures), height)], width)
	room := min(height-len(figures), len(events))
	return figures, clipped(events[len(events)-room:], width)
}

// agentsLine is what each agent does.
func (p picture) agentsLine() string {
	words := map[agents.Presence]string{
		agents.OnBreak: "on break", agents.WrapUp: "wrap-up", agents.Reserved: "ringing",
	}
	parts := make([]string, 0, len(p.agents))
	for _, a := range p.agents {
		word, ok := words[a.Presence]
		if !ok {
			word = string(a.Presence)
		}
		parts = append(parts, fmt.Sprintf("%s %-9s", a.Agent, word))
	}
	return strings.Join(parts, "   ")
}

// lines is one campaign's bar and figures.
func (t topic) lines(width int) []string {
	n := max(width-50, 10)
	full := min(int(t.done()*float64(n)+0.5), n)
	f := t.funnel
	return []string{
		fmt.Sprintf("%-20s %s%s %3.0f %%  %d of %d through", t.name,
			strings.Repeat("█", full), strings.Repeat("░", n-full), 100*t.done(), f.Submitted-t.left(), f.Submitted),
		fmt.Sprintf("  %d attempts   connected %d   completed %d   accepted %d", f.Attempts, f.Connected, f.Completed, f.Accepted),
		"  " + counts(f.ByDisposition),
		"",
	}
}

// clipped cuts lines to width characters.
func clipped(lines []string, width int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		r := []rune(l)
		out[i] = string(r[:min(len(r), width)])
	}
	return out
}
