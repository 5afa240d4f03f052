package store_test

import (
	"fmt"
	"testing"
	"time"

	"careline/phone"
	"careline/store"
)

// BenchmarkImportDoNotCall imports 20,000 numbers beside as many contacts.
func BenchmarkImportDoNotCall(b *testing.B) {
	list := make([]store.DoNotCall, 20_000)
	for i := range list {
		list[i].Number = phone.Number(fmt.Sprintf("+86138%08d", 10_000+i))
	}
	for name, url := range databases {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := openFor(b, url(b))
				runs(b, s, 20_000)
				b.StartTimer()
				before := cpu(b)
				if _, err := s.ImportDoNotCall(b.Context(), list, store.RefusalImport{Source: "us-dnc", Now: time.Now()}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(len(list)), "cpu-ns/number")
			}
		})
	}
}
