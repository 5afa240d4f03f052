package trace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"careline/sip/trace"
)

func invite(n int) seen {
	return seen{n, false, fmt.Sprintf("INVITE sip:a SIP/2.0\nCSeq: %d INVITE", n), ""}
}

// Of a long call the first and the last messages are kept.
func TestRecorderBounds(t *testing.T) {
	for name, o := range map[string]trace.Options{
		"by messages": {Messages: 20},
		"by bytes":    {Bytes: 20 * len(message(carrier, invite(100)).Data)},
	} {
		r := trace.NewRecorder(o)
		for n := range 200 {
			r.Note("abc", message(carrier, invite(n+100)))
		}
		l := r.Take("abc")
		if n := len(l.Messages); n != 20 || l.Omitted != 180 || l.Gap != 10 {
			t.Fatalf("%s: %d messages kept, %d left out at %d; want 20, 180, 10", name, n, l.Omitted, l.Gap)
		}
		for i, m := range l.Messages {
			want := 100 + i
			if i >= 10 {
				want += 180
			}
			if got := m.Header("CSeq"); got != fmt.Sprintf("%d INVITE", want) {
				t.Errorf("%s: message %d has CSeq %s; want %d", name, i, got, want)
			}
		}
	}
}

func TestRecorderCuts(t *testing.T) {
	r := trace.NewRecorder(trace.Options{Largest: 500})
	big := message(carrier, seen{0, false, "INVITE sip:a SIP/2.0", strings.Repeat("x", 1000)})
	r.Note("abc", big)
	l := r.Take("abc")
	if m := l.Messages[0]; len(m.Data) != 500 || m.Cut != len(big.Data)-500 {
		t.Errorf("%d bytes kept, %d cut; want 500 and the rest", len(m.Data), m.Cut)
	}
}

// The bytes of a message are the caller's again once it was noted.
func TestRecorderCopies(t *testing.T) {
	r := trace.NewRecorder(trace.Options{})
	m := message(carrier, invite(1))
	want := string(m.Data)
	r.Note("abc", m)
	clear(m.Data)
	if got := string(r.Take("abc").Messages[0].Data); got != want {
		t.Errorf("kept %q; want %q", got, want)
	}
}

// Only calls are kept, and those that nobody claims are not for long.
func TestRecorderForgets(t *testing.T) {
	r := trace.NewRecorder(trace.Options{Calls: 4, Stray: 2})
	r.Note("options", message(carrier, seen{0, false, "OPTIONS sip:a SIP/2.0", ""}))
	if n := len(r.Take("options").Messages); n != 0 {
		t.Errorf("%d messages of an OPTIONS are kept; want none", n)
	}
	for _, id := range []string{"one", "two", "three"} {
		r.Note(id, message(carrier, invite(1)))
	}
	if n := len(r.Take("one").Messages); n != 0 {
		t.Error("the oldest of three strangers is kept; want room for two")
	}
	r.Claim("two", start)
	r.Sweep(start.Add(time.Hour))
	if n := len(r.Take("three").Messages); n != 0 {
		t.Error("a call that nobody claimed was kept for an hour")
	}
	if n := len(r.Take("two").Messages); n != 1 {
		t.Errorf("%d messages of the call that was claimed; want 1", n)
	}
}

func TestRecorderFull(t *testing.T) {
	r := trace.NewRecorder(trace.Options{Calls: 1})
	r.Claim("one", start)
	r.Claim("two", start)
	r.Note("two", message(carrier, invite(1)))
	if n := len(r.Take("two").Messages); n != 0 || r.Lost() != 2 {
		t.Errorf("%d messages beyond the room, %d counted; want 0, 2", n, r.Lost())
	}
}

func BenchmarkNote(b *testing.B) {
	var list []trace.Message
	for _, s := range customer {
		list = append(list, message(carrier, s))
	}
	r := trace.NewRecorder(trace.Options{})
	b.ReportAllocs()
	for b.Loop() {
		r.Claim("abc", start)
		for _, m := range list {
			r.Note("abc", m)
		}
		if _, err := trace.Encode(r.Take("abc")); err != nil {
			b.Fatal(err)
		}
	}
}
