package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/store"
	"careline/store/storetest"
)

const roundFlow = `
flow: round
languages: [en]
start: a
nodes:
  a:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: "How do you like the first thing? Press a key."}
    result: a
    on: {"1": b, noinput: end, nomatch: end}
  b:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: "And how do you like the second thing? Press a key."}
    result: b
    on: {"1": c, noinput: end, nomatch: end}
  c:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: "And how do you like the third thing? Press a key."}
    result: c
    on: {"1": bye, noinput: end, nomatch: end}
  bye:
    say: {en: "Thank you. Goodbye."}
    next: end
`

// BenchmarkHostedStep has two nodes move calls at a carrier by turns, as many at
// once as the name says, or so many in a second. An operation is a step.
func BenchmarkHostedStep(b *testing.B) {
	for _, calls := range []int{1, 40} {
		b.Run(fmt.Sprintf("PostgreSQL/%d", calls), func(b *testing.B) {
			r := newRounds(b)
			var wg sync.WaitGroup
			slots := make(chan struct{}, calls)
			r.measure(b, func() {
				for n := range (b.N + steps - 1) / steps {
					slots <- struct{}{}
					wg.Go(func() {
						defer func() { <-slots }()
						r.round(b, n, 0)
					})
				}
				wg.Wait()
			})
		})
	}
	b.Run("PostgreSQL/500 in a second", func(b *testing.B) {
		r := newRounds(b)
		var wg sync.WaitGroup
		r.measure(b, func() {
			tick := time.NewTicker(time.Second * steps / 500)
			defer tick.Stop()
			for n := range (b.N + steps - 1) / steps {
				<-tick.C
				wg.Go(func() { r.round(b, n, 250*time.Millisecond) })
			}
			wg.Wait()
		})
	})
}

// steps are those of a round.
const steps = 4

// rounds are calls of two nodes.
type rounds struct {
	desks []*call.Desk
	hash  string

	mu   sync.Mutex
	took []time.Duration
}

func newRounds(b *testing.B) *rounds {
	b.Helper()
	url := storetest.Postgres(b)
	r := &rounds{}
	for _, node := range []string{"a", "b"} {
		s, err := store.Open(b.Context(), url, store.Options{Node: node})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		if r.hash, err = s.AddFlow(b.Context(), "round.yaml", []byte(roundFlow), time.Now()); err != nil {
			b.Fatal(err)
		}
		r.desks = append(r.desks, call.NewDesk(s, s, call.Options{}))
	}
	return r
}

// measure runs f, and reports how long steps took.
func (r *rounds) measure(b *testing.B, f func()) {
	b.Helper()
	b.ResetTimer()
	before := cpu(b)
	f()
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	slices.Sort(r.took)
	for _, share := range []int{50, 99} {
		b.ReportMetric(float64(r.took[len(r.took)*share/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", share))
	}
}

// round moves a call from its beginning to its end, with a pause between steps.
func (r *rounds) round(b *testing.B, n int, pause time.Duration) {
	b.Helper()
	rec := call.Record{
		Info:      call.Info{ID: fmt.Sprintf("call-%d-%d", b.N, n), To: "+8613800000000", Customer: people(1)[0]},
		Direction: call.Outbound, FlowHash: r.hash, AnsweredAt: time.Now(),
	}
	if err := r.desks[n%2].Open(b.Context(), rec); err != nil {
		b.Error(err)
		return
	}
	ev := ivr.Event{Kind: ivr.Answered}
	for seq := range steps {
		ev.At = time.Now()
		if _, err := r.desks[(n+seq)%2].Advance(b.Context(), rec.ID, seq, ev); err != nil {
			b.Error(err)
			return
		}
		r.mu.Lock()
		r.took = append(r.took, time.Since(ev.At))
		r.mu.Unlock()
		ev = ivr.Event{Kind: ivr.Keys, Keys: "1"}
		if pause > 0 {
			<-time.After(pause)
		}
	}
	if err := r.desks[n%2].Close(b.Context(), rec.ID, call.ByFlow, time.Now()); err != nil {
		b.Error(err)
	}
}
