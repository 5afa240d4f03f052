package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/call"
	"careline/store"
)

// TestFullDisk: the journal's room was reserved beforehand.
func TestFullDisk(t *testing.T) {
	o := newOutage(t, file(t), short)
	r := o.talk(o.claim(1)[0])
	pages := func(n int) { o.ok(o.s.Exec(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n))) }
	pages(1) // as many as there are
	big := keyStep(r, 1, "1", o.now)
	big.State.Attrs = map[string]string{"story": strings.Repeat("long ", 1<<15)}
	o.ok(o.s.CommitStep(t.Context(), big))
	if o.s.Journaled() == 0 {
		t.Error("the journal is empty; want the step in it")
	}
	pages(1 << 30)
	o.settles()
	if f := o.funnel(); f.Answers["key"]["1"] != 1 {
		t.Errorf("funnel = %+v; want the answer", f)
	}
}

// TestNothingTakesIt: without a journal, or with a full one, the step is an
// error, so that the caller hears an apology.
func TestNothingTakesIt(t *testing.T) {
	path := file(t)
	s, err := store.Open(t.Context(), path, store.Options{Patience: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	full, err := store.Open(t.Context(), path, store.Options{
		Patience: 100 * time.Millisecond, Journal: journalFile(t), JournalBytes: 4096 + 50,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	other, err := sqlx.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := s.CommitStep(t.Context(), call.Step{CallID: "x", Seq: 1}); err == nil {
		t.Error("CommitStep = nil without database or journal")
	}
	if err := full.CommitStep(t.Context(), call.Step{CallID: "x", Seq: 1}); !errors.Is(err, store.ErrJournalFull) {
		t.Errorf("CommitStep with a full journal = %v; want ErrJournalFull", err)
	}
}

// TestSharedCommit: steps that wait together are committed together, and one
// that is stale does not spoil the others.
func TestSharedCommit(t *testing.T) {
	o := newOutage(t, file(t), time.Minute)
	other, err := sqlx.Open("sqlite", "file:"+o.url+"?_txlock=immediate")
	o.ok(err)
	defer other.Close()
	var calls []call.Record
	for _, c := range o.claim(20) {
		calls = append(calls, o.talk(c))
	}
	tx, err := other.Beginx()
	o.ok(err)
	var wg sync.WaitGroup
	for i, r := range calls {
		wg.Go(func() {
			seq := 1 + i%2 // every other one is stale
			err := o.s.CommitStep(t.Context(), keyStep(r, seq, "1", o.now))
			if i%2 == 0 && err != nil || i%2 == 1 && !errors.Is(err, call.ErrStale) {
				t.Errorf("step %d: CommitStep = %v", seq, err)
			}
		})
	}
	wait(t, "all wait", func() bool { return o.s.Queued() >= len(calls)-1 })
	o.ok(tx.Rollback())
	wg.Wait()
	if f := o.funnel(); f.Answers["key"]["1"] != 10 {
		t.Errorf("%d answers; want 10", f.Answers["key"]["1"])
	}
}

// TestPoison: what a database refuses for good does not hold the rest up.
func TestPoison(t *testing.T) {
	o := newOutage(t, file(t), short)
	r := o.talk(o.claim(1)[0])
	o.ok(o.s.Close())
	j := openJournal(t, o.journal)
	for _, entry := range []string{
		`not json`, `{"kind":"from a later version","op":{}}`, `{"kind":"end_attempt","op":{"Attempt":"nobody's"}}`,
	} {
		o.ok(j.Append([]byte(entry)))
	}
	good, err := store.EncodeStep(keyStep(r, 1, "1", o.now))
	o.ok(err)
	o.ok(j.Append(good))
	o.ok(j.Close())
	o.open()
	if f := o.funnel(); f.Answers["key"]["1"] != 1 {
		t.Errorf("funnel = %+v; want the answer behind the refused entries", f)
	}
	aside, err := filepath.Glob(o.journal + ".rejected")
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: %v, %v; want one file", aside, err)
	}
}
