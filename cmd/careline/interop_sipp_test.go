package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/ivr"
	"careline/sim/people"
)

// SIPp calls the reminder line in both laws at once, presses a key and hears the
// balance. Since it echoes what it hears, the service's recordings show that the
// sound arrived.
func TestSippCaller(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{record: true, list: "key,number,language,balance\n" +
		"A,020 7946 0301,en,12.50\nB,020 7946 0302,en,7.00\n"})
	h.open()
	undated := h.prompt("reminder", "en", said("Hello, this is the customer service centre of Daystar Mobile. Your phone bill has not been paid. Please pay soon, or your outgoing calls will stop. You can pay with a recharge card, in the app, or at a branch."))
	reminder := time.Duration(len(undated.Samples)) * time.Second / 8000
	h.write("caller/who.csv", "SEQUENTIAL\n+442079460301;8\n+442079460302;0\n")
	figures := h.sipp("caller", h.carrier, 2, h.service, "-s", "1861", "-inf", "who.csv", "-r", "2",
		"-set", "before", fmt.Sprint((reminder + 2*time.Second).Milliseconds()), "-set", "after", "6000").tally()
	if figures["SuccessfulCall(C)"] != 2 || figures["FailedCall(C)"] != 0 {
		t.Errorf("sipp counts %d calls that succeeded and %d that failed; want 2 and 0",
			figures["SuccessfulCall(C)"], figures["FailedCall(C)"])
	}
	await(t, generous, "the ends of the calls", func() bool {
		return h.number("SELECT COUNT(*) FROM calls WHERE ending = 'far_end'") == 2
	})
	for number, balance := range map[string]string{"+442079460301": "12.50", "+442079460302": "7.00"} {
		call := h.text("SELECT id FROM calls WHERE from_number = $1", number)
		if got := h.text("SELECT value FROM answers WHERE call_id = $1 AND result = 'choice'", call); got != "2" {
			t.Errorf("the choice of …%s is %q; want 2", number[10:], got)
		}
		if h.text("SELECT result FROM answers WHERE call_id = $1 AND result = 'heard'", call) == "" {
			t.Errorf("that …%s heard the reminder is not in the table", number[10:])
		}
		book := []people.Prompt{undated, h.prompt("balance", "en", said("Your balance is"), ivr.Piece{Kind: ivr.Money, Value: balance, Unit: "CNY"})}
		h.bothSides(call, book, "reminder", "balance")
	}
}

// bothSides asserts that both sides of a recording hold prompts in this order:
// ours as they were sent, the far end's as it echoed them.
func (h *house) bothSides(call string, book []people.Prompt, want ...string) {
	h.Helper()
	sound := h.tape(call)
	for side, name := range []string{"far end", "near end"} {
		if got := hearing(h, book, sound.Channel(side)); !slices.Equal(got, want) {
			h.Errorf("the %s of call %s holds %q; want %q", name, call, got, want)
		}
	}
}

// SIPp is everybody whom a campaign calls: some are busy, the others answer,
// hear the question and press 1.
func TestSippCallee(t *testing.T) {
	t.Parallel()
	var list strings.Builder
	list.WriteString("key,number\n")
	for i := range 12 {
		fmt.Fprintf(&list, "C%02d,020 7946 0%03d\n", i, 300+i)
	}
	h := newHouse(t, houseOptions{list: list.String(), record: true})
	h.open()
	callee := h.sipp("callee", h.carrier, 11+2) // one is busy, twice
	h.campaign()
	h.finished()
	figures := callee.tally()
	if figures["FailedCall(C)"] != 0 {
		t.Errorf("sipp counts %d failed calls; want 0", figures["FailedCall(C)"])
	}
	for what, query := range map[string]string{
		"IncomingCall(C)":   "SELECT COUNT(*) FROM attempts",
		"SuccessfulCall(C)": "SELECT COUNT(*) FROM attempts WHERE disposition IN ('answered', 'busy')",
		"answered(C)":       "SELECT COUNT(*) FROM attempts WHERE disposition = 'answered'",
		"busy(C)":           "SELECT COUNT(*) FROM attempts WHERE disposition = 'busy'",
	} {
		if got := h.number(query); got != figures[what] {
			t.Errorf("%s: the service counts %d, sipp %d", what, got, figures[what])
		}
	}
	if got := h.number("SELECT COUNT(*) FROM answers WHERE result = 'answer' AND value = '1'"); got != 11 {
		t.Errorf("%d answers of 1; want 11", got)
	}
	if got := h.number("SELECT COUNT(*) FROM contacts WHERE state = 'completed'"); got != 11 {
		t.Errorf("%d contacts completed; want 11", got)
	}
	tapes, err := filepath.Glob(h.path("tapes/*.wav"))
	if err != nil || len(tapes) != 11 {
		t.Fatalf("%d recordings; want 11: %v", len(tapes), err)
	}
	h.bothSides(strings.TrimSuffix(filepath.Base(tapes[0]), ".wav"), h.book(), "quick/question", "quick/thanks")
}
