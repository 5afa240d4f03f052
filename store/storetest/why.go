package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// whyTests are of what is asked when nobody is called.
var whyTests = tests{
	"contacts are found by key, any number and part of a name": testFindContacts,
	"what is left is counted by when it is due":                testOutlook,
	"a sample is all of few, and some of many":                 testSamplePending,
	"nodes are listed with their leases":                       testNodes,
}

func testFindContacts(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	list := []campaigns.Customer{
		{Key: "k1", Number: "+442079460101", Others: []phone.Number{"+442079460102"}, Name: "Alice 100% Adams"},
		{Key: "k2", Number: "+442079460103", Name: "张伟"},
	}
	_, err := w.s.ImportCustomers(w.Context(), theList, list, store.ImportOptions{Enrol: []campaigns.ID{w.c.ID}, Now: w.now})
	w.ok("import", err)
	other := []campaigns.Customer{{Key: "k1", Number: "+442079460109", Name: "Nobody here"}} // of another list
	_, err = w.s.ImportCustomers(w.Context(), "others", other, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	for _, tt := range []struct {
		text   string
		number phone.Number
		want   string
	}{
		{"k1", "", "k1"},
		{"020 7946 0102", "+442079460102", "k1"}, // a further number
		{"020 7946 0101", "+442079460101", "k1"},
		{"alice", "", "k1"},
		{"100%", "", "k1"},
		{"1000", "", ""},
		{"张", "", "k2"},
		{"CUSTOMER", "", "c00000 c00001"}, // as many as asked for
		{"+442079460109", "+442079460109", ""},
		{"nobody", "", ""},
		{"_", "", ""},
	} {
		found, err := w.s.FindContacts(w.Context(), w.c.ID, tt.text, tt.number, 2)
		w.ok("find", err)
		keys := make([]string, 0, len(found))
		for _, c := range found {
			keys = append(keys, c.Key)
		}
		if got := strings.Join(keys, " "); got != tt.want {
			t.Errorf("FindContacts(%q, %s) = %q; want %q", tt.text, string(tt.number), got, tt.want)
		}
	}
}

func testOutlook(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 6, nil)
	look := func() store.Outlook {
		o, err := w.s.Outlook(w.Context(), w.c.ID, w.now)
		w.ok("look", err)
		return o
	}
	if o := look(); o.Due != 6 || o.Hour != 0 || o.Later != 0 || !o.Next.IsZero() || o.Recent != 0 || !o.Last.IsZero() || o.States[campaigns.Pending] != 6 {
		t.Errorf("before the first call: %+v", o)
	}
	all := w.claim(3)
	w.end(w.begin(all[0]), campaigns.Busy)     // again in 10 minutes
	w.end(w.begin(all[1]), campaigns.NoAnswer) // again in an hour
	begun := w.now
	w.now = w.now.Add(time.Second)
	o := look()
	if o.Due != 3 || o.Claimed != 1 || o.Hour != 2 || o.Later != 0 || !o.Next.Equal(begun.Add(10*time.Minute)) {
		t.Errorf("after two calls: %+v", o)
	}
	if o.Recent != 2 || !o.Last.Equal(begun) {
		t.Errorf("%d calls in the last minute, the last at %v; want 2, %v", o.Recent, o.Last, begun)
	}
	w.now = begun.Add(5 * time.Minute)
	if o := look(); o.Recent != 0 || !o.Last.Equal(begun) {
		t.Errorf("five minutes later: %d calls in the last minute, the last at %v", o.Recent, o.Last)
	}
}

func testSamplePending(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 200, nil)
	look := func(limit int) ([]campaigns.ContactID, bool) {
		o, err := w.s.Outlook(w.Context(), w.c.ID, w.now)
		w.ok("look", err)
		ids, all, err := w.s.SamplePending(w.Context(), w.c.ID, o, limit, w.now)
		w.ok("sample", err)
		return ids, all
	}
	if ids, all := look(200); len(ids) != 200 || !all {
		t.Errorf("of 200 contacts %d are looked at, all: %v", len(ids), all)
	}
	ids, all := look(50)
	if len(ids) < 15 || len(ids) > 100 || all {
		t.Errorf("of 200 contacts %d are sampled, all: %v; want about 50", len(ids), all)
	}
	list, err := w.s.WhyEach(w.Context(), ids, w.now)
	w.ok("ask why", err)
	for i, in := range list {
		one, v, err := w.s.Why(w.Context(), ids[i], w.now)
		w.ok("ask why", err)
		if !v.Allowed || one.Number != in.Number || !campaigns.Evaluate(in, w.now).Allowed {
			t.Fatalf("contact %d: %+v; Why says %+v", i, in, one)
		}
	}
	w.now = w.now.Add(-24 * time.Hour) // nobody is due
	if ids, _ := look(50); len(ids) < 15 {
		t.Errorf("of 200 contacts that are due later %d are sampled", len(ids))
	}
}

func testNodes(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 0, nil)
	b := w.open(store.Options{Node: "b"})
	w.renew(b, "b")
	w.now = w.now.Add(15 * time.Second)
	w.renew(w.s, theNode)
	w.now = w.now.Add(10 * time.Second) // 25 s after b told of itself
	nodes, err := w.s.Nodes(w.Context(), w.now)
	w.ok("list nodes", err)
	got := ""
	for _, n := range nodes {
		got += fmt.Sprintf("%s %v %v; ", n.Name, n.Lives, n.Until.Sub(w.now))
	}
	if want := "a true 10s; b false -5s; "; got != want {
		t.Errorf("nodes = %s; want %s", got, want)
	}

	// One that was killed on this machine is gone at once.
	host, err := os.Hostname()
	w.ok("find the host's name", err)
	dead := exec.Command("true")
	w.ok("run a process", dead.Run())
	w.claimNode(host, dead.Process.Pid)
	nodes, err = w.s.Nodes(w.Context(), w.now)
	w.ok("list nodes", err)
	if n := nodes[0]; n.Lives || w.now.Sub(n.Heard) != 10*time.Second {
		t.Errorf("the node of a process that is gone: %+v; want that it was heard of 10 s ago and is gone", n)
	}
}
