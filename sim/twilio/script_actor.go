package twin

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"
)

// actor is a scripted person on the line. It is a Party.
type actor struct {
	s      *Scripts
	script Script
	keys   []string // not pressed yet
	gone   chan struct{}
	once   sync.Once
	left   func() // told when the call is over; may be nil
}

func newActor(s *Scripts, sc Script) *actor {
	a := &actor{s: s, script: sc, keys: sc.Keys, gone: make(chan struct{})}
	if sc.Stays > 0 {
		time.AfterFunc(s.pace(sc.Stays), a.Hangup)
	}
	return a
}

// Hangup ends the call now.
func (a *actor) Hangup() {
	a.once.Do(func() {
		close(a.gone)
		if a.left != nil {
			go a.left()
		}
	})
}

// Done is closed when the call is over.
func (a *actor) Done() <-chan struct{} { return a.gone }

// AnsweredBy is what machine detection finds out.
func (a *actor) AnsweredBy() (by string, known, greeted time.Duration) {
	by, known = cmp.Or(a.script.Machine, "human"), 2*time.Second
	if by != "human" {
		known = 4 * time.Second
	}
	return by, cmp.Or(a.script.Verdict, known), cmp.Or(a.script.Greets, 8*time.Second)
}

// Play hears sounds to their end.
func (a *actor) Play(ctx context.Context, sounds []*Sound) error {
	return a.pass(ctx, length(sounds))
}

// pass lets time of life pass on the line.
func (a *actor) pass(ctx context.Context, d time.Duration) error {
	select {
	case <-a.gone:
		return ErrHungUp
	default:
	}
	timer := time.NewTimer(a.s.pace(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-a.gone:
		return ErrHungUp
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Ask presses what the script says.
func (a *actor) Ask(ctx context.Context, q Ask) (Reply, error) {
	if q.Record {
		return a.record(ctx, q)
	}
	keys := a.choose(q)
	prompt := length(q.Sounds)
	think := cmp.Or(a.script.Think, 500*time.Millisecond)
	if !a.script.Bold || keys == "" {
		if err := a.pass(ctx, prompt); err != nil {
			return Reply{}, err
		}
	}
	switch {
	case keys == Leave:
		if err := a.pass(ctx, think); err != nil {
			return Reply{}, err
		}
		a.Hangup()
		return Reply{}, ErrHungUp
	case keys == "" || think > q.First:
		return Reply{}, a.pass(ctx, q.First)
	}
	return a.press(ctx, q, keys, think)
}

// press presses keys one after another, as many as are taken.
func (a *actor) press(ctx context.Context, q Ask, keys string, think time.Duration) (Reply, error) {
	var r Reply
	for i, k := range keys {
		wait := 300 * time.Millisecond
		if i == 0 {
			wait = think
		}
		if err := a.pass(ctx, wait); err != nil {
			return r, err
		}
		if strings.ContainsRune(q.Finish, k) {
			r.Finish = string(k)
			return r, nil
		}
		r.Keys += string(k)
		if q.Most > 0 && len(r.Keys) == q.Most {
			return r, nil
		}
	}
	return r, a.pass(ctx, cmp.Or(q.Next, q.First))
}

// choose is what is pressed at a gather.
func (a *actor) choose(q Ask) string {
	for _, h := range a.script.Hears {
		for _, one := range q.Sounds {
			if strings.Contains(one.Text+"\n"+one.URL, h.Part) {
				return h.Keys
			}
		}
	}
	if len(a.keys) == 0 {
		return ""
	}
	keys := a.keys[0]
	a.keys = a.keys[1:]
	return keys
}

// record says something until the key of the script, or the end. Silence behind
// what was said is not part of the recording.
func (a *actor) record(ctx context.Context, q Ask) (Reply, error) {
	if err := a.pass(ctx, length(q.Sounds)); err != nil {
		return Reply{}, err
	}
	says := max(min(cmp.Or(a.script.Says, 2*time.Second), q.Longest), 0)
	keys := a.choose(q)
	err := a.pass(ctx, says)
	r := Reply{Recorded: says}
	switch {
	case err != nil:
		return r, err
	case keys == Leave:
		a.Hangup()
		return r, ErrHungUp
	case keys != "" && strings.Contains(q.Finish, keys[:1]):
		r.Finish = keys[:1]
		return r, nil
	}
	rest := q.Longest - says
	if q.First > 0 {
		rest = min(rest, q.First)
	}
	return r, a.pass(ctx, rest)
}

// Join talks with another until one of them leaves.
func (a *actor) Join(ctx context.Context, other Party) error {
	talker := a
	if o, ok := other.(*actor); ok && a.script.Talks == 0 {
		talker = o
	}
	var enough <-chan time.Time
	if talker.script.Talks > 0 {
		timer := time.NewTimer(a.s.pace(talker.script.Talks))
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-enough:
		talker.Hangup()
	case <-a.gone:
	case <-other.Done():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// length is how long sounds last one after another, in life.
func length(sounds []*Sound) time.Duration {
	var d time.Duration
	for _, one := range sounds {
		d += one.Length
	}
	return d
}
