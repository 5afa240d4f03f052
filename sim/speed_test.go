package sim_test

import (
	"os"
	"path/filepath"
	"testing"

	"careline/sim"
)

// script reads the example.
func script(t testing.TB) sim.Script {
	t.Helper()
	text, err := os.ReadFile("../examples/rehearsal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sim.Parse("rehearsal.yaml", text, func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join("../examples", path))
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// BenchmarkSeed is one run of the example.
func BenchmarkSeed(b *testing.B) {
	s := script(b)
	for i := range b.N {
		if _, err := sim.Run(b.Context(), s.Setup, []uint64{uint64(i) + 1}, 1, nil); err != nil {
			b.Fatal(err)
		}
	}
}
