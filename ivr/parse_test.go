package ivr_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/ivr"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

func TestExamples(t *testing.T) {
	for _, file := range glob(t, "../examples/flows/*.yaml") {
		f := parseFile(t, file)
		if want := strings.TrimSuffix(filepath.Base(file), ".yaml"); f.Name() != want {
			t.Errorf("%s: Name = %q; want %q", file, f.Name(), want)
		}
		if got := f.Warnings(); len(got) > 0 {
			t.Errorf("%s: Warnings = %v; want none", file, got)
		}
		if got := f.Languages(); !cmp.Equal(got, []string{"zh", "en"}) {
			t.Errorf("%s: Languages = %v; want zh and en", file, got)
		}
	}
}

// Each bad flow has its problems beside it, in a file of the same name that
// ends in .problems.
func TestBadFlows(t *testing.T) {
	for _, file := range append(glob(t, "testdata/bad/*.yaml"), glob(t, "testdata/doubtful/*.yaml")...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := ivr.Parse(filepath.Base(file), read(t, file))
			bad := strings.Contains(file, "/bad/")
			if errors.Is(err, ivr.ErrInvalid) != bad || (f == nil) != bad {
				t.Errorf("Parse = %v, %v; want it refused: %v", f, err, bad)
			}
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = f.Warnings().Error()
			}
			expect(t, strings.TrimSuffix(file, ".yaml")+".problems", got+"\n")
		})
	}
}

// expect compares got with what a file holds, or puts it there.
func expect(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(read(t, file)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func parseFile(t *testing.T, file string) *ivr.Flow {
	t.Helper()
	f, err := ivr.Parse(file, read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(tb testing.TB, file string) []byte {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func glob(tb testing.TB, pattern string) []string {
	tb.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files %s: %v", pattern, err)
	}
	return files
}
