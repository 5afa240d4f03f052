package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
	"careline/store/storetest"
)

// databases are those that the benchmarks run on.
var databases = map[string]func(testing.TB) string{"SQLite": file, "PostgreSQL": storetest.Postgres}

// sizes are the list lengths over which the cost of a claim must not grow.
var sizes = []int{1_000, 10_000, 100_000}

func people(n int) []campaigns.Customer {
	list := make([]campaigns.Customer, n)
	for i := range list {
		list[i] = campaigns.Customer{
			Key: fmt.Sprintf("c%08d", i), Number: phone.Number(fmt.Sprintf("+86138%08d", i)), Name: "Customer", Language: "zh",
			Segment: "gold", Manager: "anna", Attributes: map[string]string{"balance": "12.30", "due": "2026-12-04"},
		}
	}
	return list
}

func openFor(b *testing.B, url string) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), url, store.Options{Node: "a"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if _, err := s.AddFlow(b.Context(), "ask.yaml", []byte(askFlow), time.Now()); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Renew(b.Context(), "a", time.Now().Add(time.Hour)); err != nil {
		b.Fatal(err)
	}
	return s
}

func runs(b *testing.B, s *store.Store, n int) campaigns.Campaign {
	b.Helper()
	if _, err := s.ImportCustomers(b.Context(), "people", people(n), store.ImportOptions{Now: time.Now()}); err != nil {
		b.Fatal(err)
	}
	c, err := s.CreateCampaign(b.Context(), campaigns.Definition{Name: "ask", Flow: "ask", List: "people", CallerID: "+8610"}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Start(b.Context(), c.ID, time.Now()); err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkImport imports 10,000 customers and makes contacts of them.
func BenchmarkImport(b *testing.B) {
	for name, url := range databases {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := openFor(b, url(b))
				b.StartTimer()
				runs(b, s, 10_000)
			}
		})
	}
}

// BenchmarkClaim claims 50 contacts and gives them back.
func BenchmarkClaim(b *testing.B) {
	for name, url := range databases {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				s := openFor(b, url(b))
				c := runs(b, s, n)
				now := time.Now()
				for b.Loop() {
					claims, err := s.Claim(b.Context(), "a", c.ID, 50, now)
					if err != nil || len(claims.Contacts) != 50 {
						b.Fatal(len(claims.Contacts), err)
					}
					ids := make([]campaigns.ContactID, 50)
					for i, c := range claims.Contacts {
						ids[i] = c.ID
					}
					if err := s.Release(b.Context(), "a", ids, now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkAttempt opens, answers, steps and ends attempts, as many at once as
// the name says.
func BenchmarkAttempt(b *testing.B) {
	for name, url := range databases {
		for _, calls := range []int{1, 40} {
			b.Run(fmt.Sprintf("%s/%d", name, calls), func(b *testing.B) {
				s := openFor(b, url(b))
				c := runs(b, s, 10_000)
				var wg sync.WaitGroup
				slots := make(chan struct{}, calls)
				o := &outage{s: s, now: time.Now(), c: c}
				var due []campaigns.Contact
				for b.Loop() {
					if len(due) == 0 {
						claims, err := s.Claim(b.Context(), "a", c.ID, 100, o.now)
						if err != nil || len(claims.Contacts) == 0 {
							b.Fatal(len(claims.Contacts), err)
						}
						due = claims.Contacts
					}
					slots <- struct{}{}
					contact := due[0]
					due = due[1:]
					wg.Go(func() {
						defer func() { <-slots }()
						o.attempt(b, contact)
					})
				}
				wg.Wait()
			})
		}
	}
}

func (o *outage) attempt(b *testing.B, c campaigns.Contact) {
	b.Helper()
	a, v, err := o.s.BeginAttempt(b.Context(), begin(c), o.now)
	if err != nil || !v.Allowed {
		b.Error(v, err)
		return
	}
	r := record(a, o.c)
	for _, do := range []func() error{
		func() error { return o.s.MarkAttempt(b.Context(), a.ID, true, campaigns.Leg{}, o.now) },
		func() error { return o.s.OpenCall(b.Context(), r) },
		func() error { return o.s.CommitStep(b.Context(), keyStep(r, 1, "1", o.now)) },
		func() error { return o.s.CommitStep(b.Context(), keyStep(r, 2, "1", o.now)) },
		func() error {
			return o.s.EndAttempt(b.Context(), campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: o.now})
		},
		func() error { return o.s.CloseCall(b.Context(), r.ID, "flow", o.now) },
	} {
		if err := do(); err != nil {
			b.Error(err)
		}
	}
}
