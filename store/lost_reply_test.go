package store_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"

	"careline/call"
	"careline/campaigns"
	"careline/store/storetest"
)

// wire lies between a store and its PostgreSQL server. It can cut a connection
// between a commit and the reply.
type wire struct {
	net.Listener
	socket string
	cut    atomic.Bool // the next commit is carried out and not confirmed
}

// newWire returns a wire and the URL of a fresh database behind it.
func newWire(t *testing.T) (w *wire, through string) {
	t.Helper()
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w = &wire{Listener: l, socket: filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")}
	go w.serve()
	u.Host, u.RawQuery = l.Addr().String(), "sslmode=disable"
	return w, u.String()
}

func (w *wire) serve() {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", w.socket)
		if err != nil {
			client.Close()
			continue
		}
		go w.join(client, server)
	}
}

// join relays until either side ends, or a commit is to be cut off.
func (w *wire) join(client, server net.Conn) {
	var deaf atomic.Bool
	go func() {
		defer server.Close()
		defer client.Close()
		b := make([]byte, 1<<16)
		for {
			n, err := server.Read(b)
			if err != nil || deaf.Load() {
				return // the server has answered, but nobody hears it
			}
			client.Write(b[:n])
		}
	}()
	defer server.Close()
	b := make([]byte, 1<<16)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if bytes.Contains(b[:n], []byte("COMMIT")) && w.cut.CompareAndSwap(true, false) {
			deaf.Store(true)
			server.Write(b[:n])
			io.Copy(io.Discard, client)
			return
		}
		server.Write(b[:n])
	}
}

// TestUnconfirmedCommits: what was committed without our knowing is found out,
// and nothing is left in nobody's hands.
func TestUnconfirmedCommits(t *testing.T) {
	w, through := newWire(t)
	o := newOutage(t, through, short)
	w.cut.Store(true)
	if _, err := o.s.Claim(t.Context(), "a", o.c.ID, 5, o.now); err == nil {
		t.Fatal("Claim = nil, though its commit was not confirmed")
	}
	kept := o.claim(5)
	_, err := o.s.Renew(t.Context(), "a", o.now)
	o.ok(err)
	if got := o.claim(20); len(got) != 15 {
		t.Errorf("%d more contacts can be claimed; want 15 of 20", len(got))
	}
	w.cut.Store(true)
	if _, _, err := o.s.BeginAttempt(t.Context(), begin(kept[0]), o.now); err == nil {
		t.Fatal("BeginAttempt = nil, though its commit was not confirmed")
	}
	o.settles()
	if f := o.funnel(); f.Open != 0 || f.ByDisposition[campaigns.NotPlaced] != 1 {
		t.Errorf("funnel = %+v; want one attempt that was not placed", f)
	}
	r := o.talk(kept[1])
	w.cut.Store(true)
	if err := o.s.CommitStep(t.Context(), keyStep(r, 1, "1", o.now)); !errors.Is(err, call.ErrStale) {
		t.Errorf("CommitStep = %v; want ErrStale, as it finds its own step", err)
	}
	w.cut.Store(true)
	o.ok(o.s.EndAttempt(t.Context(), campaigns.End{Attempt: campaigns.AttemptID(r.ID), Disposition: campaigns.Answered, At: o.now}))
	o.settles()
	if f := o.funnel(); f.Open != 0 || f.ByState[campaigns.Completed] != 1 || f.Answers["key"]["1"] != 1 {
		t.Errorf("funnel = %+v; want one complete, by its one answer", f)
	}
}
