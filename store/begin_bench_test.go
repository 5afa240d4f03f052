package store_test

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBegin begins attempts, as many at once as the name says. What claims
// them is not timed.
func BenchmarkBegin(b *testing.B) {
	for name, url := range databases {
		for _, calls := range []int{1, 40} {
			b.Run(fmt.Sprintf("%s/%d", name, calls), func(b *testing.B) {
				s := openFor(b, url(b))
				c := runs(b, s, max(b.N, 1_000))
				claims, err := s.Claim(b.Context(), "a", c.ID, b.N, time.Now())
				if err != nil || len(claims.Contacts) != b.N {
					b.Fatal(len(claims.Contacts), err)
				}
				var wg sync.WaitGroup
				slots := make(chan struct{}, calls)
				now := time.Now()
				b.ResetTimer()
				before := cpu(b)
				for _, contact := range claims.Contacts {
					slots <- struct{}{}
					wg.Go(func() {
						defer func() { <-slots }()
						if _, v, err := s.BeginAttempt(b.Context(), begin(contact), now); err != nil || !v.Allowed {
							b.Error(v, err)
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// cpu is what this process has used of the processors, which others that are busy
// meanwhile change less than how long it took.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
