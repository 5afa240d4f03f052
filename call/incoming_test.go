package call_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
)

// ringing is an inbound call.
type ringing struct {
	info     call.Info
	line     *line // that Answer gives
	fails    error // of Answer
	answered call.Info
	rejected call.Rejection
}

func (r *ringing) Info() call.Info { return r.info }

func (r *ringing) Answer(_ context.Context, info call.Info) (call.Line, error) {
	r.answered = info
	if r.fails != nil {
		return nil, r.fails
	}
	return r.line, nil
}

func (r *ringing) Reject(_ context.Context, why call.Rejection) { r.rejected = why }

func TestIncoming(t *testing.T) {
	k, f := newKeeper(), example(t, "vip-line")
	dir := directoryOf(f)
	dir.route = call.Route{
		FlowHash: f.Hash(), Campaign: "winter", Contact: "contact-1",
		Customer: campaigns.Customer{Number: "+8613800001111", Language: "en", Manager: "lin"},
	}
	info := call.Info{ID: "call-2", From: "+8613800001111", To: "+861088880188", Trunk: "main"}
	known := info
	known.Campaign, known.Contact, known.Customer = "winter", "contact-1", dir.route.Customer
	in := &ringing{info: info, line: newLine(t, k, f, call.Record{Info: known}, timedOut)}
	d := call.NewDesk(k, dir, call.Options{})
	d.Incoming(t.Context(), in)
	if diff := cmp.Diff(known, in.answered); diff != "" {
		t.Errorf("answered with (-want +got):\n%s", diff)
	}
	got := k.record(t, "call-2")
	if got.Direction != call.Inbound || got.Ending != call.ByFlow || got.Seq == 0 || d.Live() != 0 || !in.line.hungUp {
		t.Errorf("kept %+v; want it inbound and ended by the flow", got)
	}
	n := k.kept.Callbacks
	if len(n) != 1 || n[0].Queue != "vip" || n[0].Agent != "lin" || n[0].Number != "+8613800001111" {
		t.Errorf("notes to call back = %+v; want one", n)
	}
}

// Somebody whom no list knows is called back by the number that the network
// showed.
func TestIncomingStranger(t *testing.T) {
	k, f := newKeeper(), example(t, "vip-line")
	dir := directoryOf(f)
	dir.route = call.Route{FlowHash: f.Hash()}
	info := call.Info{ID: "call-2", From: "+8613900002222", To: "+861088880188"}
	in := &ringing{info: info, line: newLine(t, k, f, call.Record{Info: info}, timedOut)}
	call.NewDesk(k, dir, call.Options{}).Incoming(t.Context(), in)
	if n := k.kept.Callbacks; len(n) != 1 || n[0].Number != info.From {
		t.Errorf("notes to call back = %+v; want one to %s", n, string(info.From))
	}
}

func TestIncomingRefused(t *testing.T) {
	f := example(t, "vip-line")
	for _, tt := range []struct {
		name string
		set  func(k *keeper, d *directory)
		want call.Rejection
	}{
		{"unknown number", func(_ *keeper, d *directory) { d.none = call.ErrNoRoute }, call.UnknownNumber},
		{"nobody to ask", func(_ *keeper, d *directory) { d.none = errDisk }, call.Overloaded},
		{"nowhere to keep it", func(k *keeper, _ *directory) { k.open = errDisk }, call.Overloaded},
		{"no flow", func(_ *keeper, d *directory) { d.lost = errDisk }, call.Overloaded},
	} {
		k, dir := newKeeper(), directoryOf(f)
		dir.route = call.Route{FlowHash: f.Hash()}
		tt.set(k, dir)
		in := &ringing{info: call.Info{ID: "call-2", To: "+861088880188"}}
		call.NewDesk(k, dir, call.Options{}).Incoming(t.Context(), in)
		if in.rejected != tt.want || in.answered.ID != "" {
			t.Errorf("%s: rejected as %q, answered %q; want %q", tt.name, in.rejected, in.answered.ID, tt.want)
		}
	}
}

// A caller who leaves before the call is answered is kept as such.
func TestIncomingLeaves(t *testing.T) {
	k, f := newKeeper(), example(t, "vip-line")
	dir := directoryOf(f)
	dir.route = call.Route{FlowHash: f.Hash()}
	in := &ringing{info: call.Info{ID: "call-2", To: "+861088880188"}, fails: errors.New("cancelled")}
	d := call.NewDesk(k, dir, call.Options{})
	d.Incoming(t.Context(), in)
	if got := k.record(t, "call-2"); got.Ending != call.Unanswered || d.Live() != 0 || in.rejected != "" {
		t.Errorf("ended %q, rejected %q; want %q", got.Ending, in.rejected, call.Unanswered)
	}
}
