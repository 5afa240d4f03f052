package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"careline/store"
)

func journalFile(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "careline.journal")
}

func openJournal(tb testing.TB, path string) *store.Journal {
	tb.Helper()
	j, err := store.OpenJournal(path, 1<<16)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { j.Close() })
	return j
}

func held(j *store.Journal) []string {
	var texts []string
	for _, e := range j.Waiting(1000) {
		texts = append(texts, string(e))
	}
	return texts
}

func TestJournalHoldsWhatWasAppended(t *testing.T) {
	path := journalFile(t)
	j := openJournal(t, path)
	for _, e := range []string{"one", "two", "three"} {
		if err := j.Append([]byte(e)); err != nil {
			t.Fatal(err)
		}
	}
	if !j.Holding() {
		t.Error("Holding = false after appends")
	}
	j.Close()
	j = openJournal(t, path)
	if got := held(j); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("opened again it holds %q", got)
	}
	if err := j.Taken(2); err != nil {
		t.Fatal(err)
	}
	if got := held(j); !slices.Equal(got, []string{"three"}) {
		t.Errorf("after two were taken it holds %q", got)
	}
	if err := errors.Join(j.Taken(1), j.Append([]byte("four"))); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if got := held(openJournal(t, path)); !slices.Equal(got, []string{"four"}) {
		t.Errorf("after all were taken and one was appended it holds %q", got)
	}
}

func TestJournalSurvivesTornWrites(t *testing.T) {
	path := journalFile(t)
	j := openJournal(t, path)
	if err := errors.Join(j.Append([]byte("whole")), j.Append([]byte("torn apart"))); err != nil {
		t.Fatal(err)
	}
	j.Close()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	start := bytes.Index(content, []byte("torn apart"))
	for cut := start - 8; cut < start+len("torn apart"); cut++ {
		torn := slices.Clone(content)
		clear(torn[cut:])
		again := filepath.Join(t.TempDir(), "torn")
		if err := os.WriteFile(again, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		j := openJournal(t, again)
		if got := held(j); !slices.Equal(got, []string{"whole"}) {
			t.Fatalf("cut at %d it holds %q; want the whole record", cut, got)
		}
		if err := j.Append([]byte("next")); err != nil {
			t.Fatal(err)
		}
		if got := held(j); !slices.Equal(got, []string{"whole", "next"}) {
			t.Fatalf("cut at %d and appended to it holds %q", cut, got)
		}
	}
}

func TestJournalRefuses(t *testing.T) {
	j := openJournal(t, journalFile(t))
	if err := j.Append(make([]byte, 1<<16)); !errors.Is(err, store.ErrJournalFull) {
		t.Errorf("Append of more than there is room = %v; want ErrJournalFull", err)
	}
	path := journalFile(t)
	openJournal(t, path)
	if _, err := store.OpenJournal(path, 1<<16); err == nil {
		t.Error("a journal was opened twice")
	}
	foreign := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(foreign, bytes.Repeat([]byte("Dear customer, "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenJournal(foreign, 1<<16); err == nil {
		t.Error("a letter was opened as a journal")
	}
	if content, err := os.ReadFile(foreign); err != nil || !bytes.HasPrefix(content, []byte("Dear customer")) || len(content) != 15000 {
		t.Errorf("the letter was changed: %d bytes, %v", len(content), err)
	}
}

func FuzzParseJournal(f *testing.F) {
	for n := range 3 {
		file := store.AppendHeader(nil, 7)
		file = append(file, make([]byte, 4096-len(file))...)
		for i := range n {
			file = store.AppendRecord(file, 7, fmt.Appendf(nil, "entry %d", i))
		}
		f.Add(file)
		f.Add(store.AppendRecord(file, 6, []byte("of an earlier generation")))
	}
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 5000))
	f.Fuzz(func(t *testing.T, b []byte) {
		gen, entries, end, err := store.ParseJournal(b)
		if err != nil || gen == 0 {
			if len(entries) != 0 {
				t.Errorf("%d entries of a journal that is none", len(entries))
			}
			return
		}
		again := append(store.AppendHeader(nil, gen), make([]byte, 4096-20)...)
		for _, e := range entries {
			again = store.AppendRecord(again, gen, e)
		}
		if end != int64(len(again)) {
			t.Errorf("the next record goes to %d; want %d", end, len(again))
		}
		_, same, _, err := store.ParseJournal(again)
		if err != nil || !slices.EqualFunc(entries, same, bytes.Equal) {
			t.Errorf("read %d entries, wrote and read %d, %v", len(entries), len(same), err)
		}
	})
}
