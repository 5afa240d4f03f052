package store_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"careline/store"
)

// TestReadsDoNotFailAtTheirEnd reads often enough, by enough at once, that the
// end of a read and that of its context are seen together.
func TestReadsDoNotFailAtTheirEnd(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "careline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 20_000 {
				if err := s.Await(t.Context(), func(context.Context) error { return nil }); err != nil {
					t.Errorf("a read that went well: %v", err)
					return
				}
			}
		})
	}
	readers.Wait()
}
