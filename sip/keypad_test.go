package sip

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"careline/ivr"
)

// runKeypad plays a script of "milliseconds:what" to a keypad, where what is a
// key, "end" of the prompt, "bye", or "-", which asks whether time is up, and
// returns what the gather came to: its keys and when it ended, as "12@700",
// "open" while it waits, "lost" when a hang-up left no answer.
func runKeypad(t *testing.T, spec ivr.GatherSpec, script string) string {
	t.Helper()
	t0 := time.Unix(0, 0)
	k := newKeypad(spec)
	for word := range strings.FieldsSeq(script) {
		ms, what, _ := strings.Cut(word, ":")
		n, err := strconv.Atoi(ms)
		if err != nil {
			t.Fatalf("script %q: %v", script, err)
		}
		now := t0.Add(time.Duration(n) * time.Millisecond)
		if d, ok := k.wait(now); ok && d == 0 {
			k.expire(now)
		}
		switch what {
		case "end":
			k.promptEnded(now)
		case "bye":
			if !k.hungUp() {
				return "lost"
			}
		case "-":
		default:
			k.press(what[0], now)
		}
		if k.over {
			return string(k.keys) + "@" + ms
		}
	}
	return "open"
}

func TestKeypad(t *testing.T) {
	one := ivr.GatherSpec{MinDigits: 1, MaxDigits: 1, Timeout: 5 * time.Second, InterDigit: 2 * time.Second, BargeIn: true}
	deaf := one
	deaf.BargeIn = false
	four := one
	four.MaxDigits, four.MinDigits, four.FinishOnKey = 4, 2, "#"
	for _, tt := range []struct {
		name   string
		spec   ivr.GatherSpec
		script string
		want   string
	}{
		{"a key ends a gather of one", one, "100:end 700:3", "3@700"},
		{"a key cuts the prompt short", one, "50:3 100:end", "3@50"},
		{"silence counts from the prompt's end", one, "9000:- 10000:end 14999:- 15000:-", "@15000"},
		{"silence is not over early", one, "0:end 4999:-", "open"},
		{"a key at the last moment", one, "0:end 4999:1", "1@4999"},
		{"a key may not cut a prompt that says so", deaf, "50:3 100:end 5099:-", "open"},
		{"and counts after it", deaf, "50:3 100:end 101:4", "4@101"},
		{"letters are no keys", one, "0:end 1:A 2:D", "open"},
		{"star is a key", one, "0:end 1:*", "*@1"},
		{"several keys up to the most", four, "0:end 1:1 2:2 3:3 4:4", "1234@4"},
		{"the finishing key is not reported", four, "0:end 1:1 2:2 3:#", "12@3"},
		{"the finishing key alone is no answer", four, "0:end 3:#", "@3"},
		{"a pause between keys ends it", four, "0:end 1:1 1000:2 2999:- 3000:-", "12@3000"},
		{"the pause starts anew with each key", four, "0:end 1:1 1900:2 3800:3 5799:-", "open"},
		{"too few keys are reported as they are", four, "0:end 1:1 2001:-", "1@2001"},
		{"the first key's time-out gives way to the pause", four, "0:end 4900:1 5100:-", "open"},
		{"hung up before any key", one, "0:end 1:bye", "lost"},
		{"hung up after too few keys", four, "0:end 1:1 2:bye", "lost"},
		{"hung up after enough keys", four, "0:end 1:1 2:2 3:bye", "12@3"},
		{"hung up during the prompt", one, "1:bye", "lost"},
		{"no more than 32 keys", ivr.GatherSpec{MaxDigits: 99, Timeout: time.Second, InterDigit: time.Second}, "0:end " + strings.Repeat("1:1 ", 40), strings.Repeat("1", 32) + "@1"},
	} {
		if got := runKeypad(t, tt.spec, tt.script); got != tt.want {
			t.Errorf("%s: %q came to %q; want %q", tt.name, tt.script, got, tt.want)
		}
	}
}

func TestKeypadListens(t *testing.T) {
	for _, tt := range []struct {
		bargeIn, typeAhead, during bool
	}{
		{false, false, true}, // to drop them
		{true, false, true},
		{true, true, true},
		{false, true, false},
	} {
		k := newKeypad(ivr.GatherSpec{MaxDigits: 1, BargeIn: tt.bargeIn, TypeAhead: tt.typeAhead})
		if got := k.listens(); got != tt.during {
			t.Errorf("bargein %v, typeahead %v: listens = %v during the prompt; want %v", tt.bargeIn, tt.typeAhead, got, tt.during)
		}
		if k.promptEnded(time.Time{}); !k.listens() {
			t.Errorf("bargein %v, typeahead %v: does not listen after the prompt", tt.bargeIn, tt.typeAhead)
		}
	}
}
