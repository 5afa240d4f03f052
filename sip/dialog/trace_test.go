package dialog_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// tracer collects what is traced.
type tracer struct {
	mu  sync.Mutex
	got []wire.Trace
}

func (r *tracer) note(t wire.Trace) {
	t.Data = slices.Clone(t.Data)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, t)
}

// of returns what was traced of a call, as "> INVITE" and "< SIP/2.0 200 OK".
func (r *tracer) of(callID string) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.got {
		if t.CallID != callID {
			continue
		}
		arrow := "< "
		if t.Sent {
			arrow = "> "
		}
		line, _, _ := strings.Cut(string(t.Data), "\r\n")
		if method, _, ok := strings.Cut(line, " sip:"); ok {
			line = method
		}
		lines = append(lines, arrow+line)
	}
	return lines
}

// The trace has each packet, repeated ones too, with both addresses.
func TestTrace(t *testing.T) {
	t.Parallel()
	var r tracer
	e := start(t, dialog.Options{Wire: wire.Options{Trace: r.note}})
	p := newPeer(t, e.Addr())
	inv := to(p)
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	p.again(req, 2)
	p.ok(req, "a")
	p.ok(req, "a")
	p.again(p.take("ACK"), 2)
	d := answered(t, done)
	if res := p.callee(req, "a").do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s", res.start)
	}
	get(t, "Done", d.Done())
	got := r.of(inv.Leg.CallID)
	of := func(arrow byte) []string {
		return slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s[0] != arrow })
	}
	sent, read := of('>'), of('<') // how the two cross is chance, and how often an INVITE is repeated
	if want := []string{"> INVITE", "> ACK", "> SIP/2.0 200 OK"}; !slices.Equal(slices.Compact(slices.Clone(sent)), want) || len(sent) < 5 {
		t.Errorf("sent %q; want %q, the first two repeated", sent, want)
	}
	if want := []string{"< SIP/2.0 200 OK", "< SIP/2.0 200 OK", "< BYE"}; !slices.Equal(read, want) {
		t.Errorf("read %q; want %q", read, want)
	}
	for _, tr := range r.got {
		if tr.Transport != "UDP" || tr.Local != e.Addr() || tr.Remote.String() != p.addr() || tr.At.IsZero() {
			t.Errorf("trace of %v to %v by %s at %v", tr.Local, tr.Remote, tr.Transport, tr.At)
		}
	}
}

// What cannot be parsed is traced with its refusal; a trace that panics costs
// nobody a message.
func TestTraceOfMalformedMessages(t *testing.T) {
	t.Parallel()
	var r tracer
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0", Trace: func(tr wire.Trace) {
		r.note(tr)
		panic("trace")
	}}})
	for _, p := range []*peer{newPeer(t, e.Addr()), overTCP(t, dialTCP(t, e.TCPAddr()))} {
		id := unique("bad-")
		p.send("OPTIONS sip:b@h SIP/2.0\nVia: SIP/2.0/" + p.transport + " " + p.addr() + ";branch=z9hG4bK-x;rport\nFrom: <sip:a@h>;tag=f\ni: " + id + "\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n")
		p.take("SIP/2.0 400")
		if got, want := r.of(id), []string{"< OPTIONS", "> SIP/2.0 400 Bad or missing To"}; !slices.Equal(got, want) {
			t.Errorf("traced %q over %s; want %q", got, p.transport, want)
		}
		if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
			t.Errorf("OPTIONS got %s", res.start)
		}
	}
}
