package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// beforeClaim has the process stand still as the campaign starts.
func (w *stepWorld) beforeClaim() {
	w.Helper()
	for w.halt(); w.locked(); w.halt() {
		w.goOn()
	}
	w.start()
}

// locked tells whether the process that stands still has the SQLite file.
func (w *stepWorld) locked() bool {
	w.Helper()
	if w.db.DriverName() == "postgres" {
		return false
	}
	_, err := w.db.ExecContext(w.Context(), "UPDATE switches SET name = name WHERE name = ''")
	return err != nil
}

// holdInsert keeps an SQLite transaction busy that writes an attempt's row.
const holdInsert = `
CREATE TRIGGER hold BEFORE INSERT ON attempts BEGIN
	SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT i FROM n);
END`

// afterClaim holds the contact's number, so that no attempt on it can begin; on
// SQLite the row takes for ever to be written.
func (w *stepWorld) afterClaim() {
	w.Helper()
	if w.db.DriverName() == "postgres" {
		tx := w.db.MustBegin()
		tx.MustExec("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", stepNumber)
		w.free = func() {
			if err := tx.Rollback(); err != nil {
				w.Error("let the number go:", err)
			}
		}
	} else {
		w.db.MustExec(holdInsert)
		w.free = func() { w.db.MustExec("DROP TRIGGER hold") }
	}
	w.start()
	await(w, generous, "the claim", func() bool { return w.number("SELECT COUNT(*) FROM contacts WHERE claimed_by <> ''") == stepPeople })
}

// beforeInvite has the service wait for a connection to its trunk.
func (w *stepWorld) beforeInvite() {
	w.Helper()
	w.start()
	w.deaf.tried()
	await(w, generous, "the attempt's row", func() bool { return w.number("SELECT COUNT(*) FROM attempts") == 1 })
}

func (w *stepWorld) afterInvite() {
	w.Helper()
	w.start()
	w.far.sees("INVITE", stepNumber)
}

func (w *stepWorld) ringing() {
	w.Helper()
	w.afterInvite()
	w.far.say(stepNumber, "180 Ringing")
	await(w, generous, "the row to say that it rings", func() bool { return w.number("SELECT COUNT(*) FROM attempts WHERE ringing_at > 0") == 1 })
}

// answeredUnread has the 2xx lie in the socket of a process that stands still.
func (w *stepWorld) answeredUnread() {
	w.Helper()
	w.ringing()
	w.halt()
	w.far.say(stepNumber, "200 OK")
}

func (w *stepWorld) answered() {
	w.Helper()
	w.afterInvite()
	w.far.say(stepNumber, "200 OK")
	w.far.sees("ACK", stepNumber)
}

func (w *stepWorld) midQuestion() {
	w.Helper()
	w.answered()
	w.answer("first", "1", 0)
}

func (w *stepWorld) atBye() {
	w.Helper()
	w.midQuestion()
	w.answer("second", "3", 100)
	w.holdEnd()
	w.far.sees("BYE", stepNumber)
}

// holdEnd keeps the attempt's row from being ended.
func (w *stepWorld) holdEnd() {
	w.Helper()
	if w.db.DriverName() != "postgres" {
		w.free = w.lock()
		return
	}
	tx := w.db.MustBegin()
	tx.MustExec("SELECT id FROM attempts FOR UPDATE")
	w.free = func() {
		if err := tx.Rollback(); err != nil {
			w.Error("let the row go:", err)
		}
	}
}

// answer presses a key until the answer is in the table.
func (w *stepWorld) answer(result, key string, from int) {
	w.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for nth := from; nth < from+100; nth++ {
		w.far.press(stepNumber, key, nth)
		<-again.C
		if w.number("SELECT COUNT(*) FROM answers WHERE result = $1 AND value = $2", result, key) == 1 {
			return
		}
	}
	w.Fatalf("no answer to %q came to be in the table", result)
}

// answerLate has the person pick up although the call is cancelled.
func (w *stepWorld) answerLate(asked) {
	w.Helper()
	w.far.say(stepNumber, "200 OK")
}

// processState is how the kernel names what a process does: T stands still.
func processState(t testing.TB, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return rest[:1]
}
