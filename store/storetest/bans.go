package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
)

var banTests = tests{"bans are kept, and lifted from elsewhere": bansKept}

func bansKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	first := call.Ban{Source: "203.0.113.7", Since: w.now, Until: w.now.Add(time.Minute)}
	again := call.Ban{Source: "203.0.113.7", Since: w.now.Add(time.Second), Until: w.now.Add(2 * time.Minute)}
	other := call.Ban{Source: "2001:db8::", Since: w.now.Add(2 * time.Second), Until: w.now.Add(time.Hour)}
	over := call.Ban{Source: "203.0.113.9", Since: w.now, Until: w.now}
	for _, b := range []call.Ban{first, again, other, over} {
		w.ok("save", w.s.SaveBan(t.Context(), b))
	}
	kept := func(want ...call.Ban) {
		t.Helper()
		got, err := w.s.LoadBans(t.Context(), w.now)
		w.ok("load", err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("LoadBans (-want +got):\n%s", diff)
		}
		all, err := w.s.Bans(t.Context(), w.now)
		w.ok("list", err)
		if len(all) != len(want) {
			t.Errorf("Bans = %+v; want %d", all, len(want))
		}
	}
	kept(again, other)
	w.ok("raise", w.s.RaiseAlarm(t.Context(), call.Alarm{Kind: call.AlarmBan, Subject: again.Source, Text: "10 wrong passwords", At: w.now}))
	elsewhere := w.again()
	for source, want := range map[string]bool{again.Source: true, "198.51.100.1": false} {
		if was, err := elsewhere.LiftBan(t.Context(), source, w.now); err != nil || was != want {
			t.Errorf("LiftBan of %s = %v, %v; want %v", source, was, err, want)
		}
	}
	kept(other)
	if list := w.alarms(); len(list) != 0 {
		t.Errorf("alarms = %+v; want none of what was lifted", list)
	}
	for _, want := range [][]string{{again.Source}, nil} {
		got, err := w.s.LiftedBans(t.Context())
		w.ok("look for lifted bans", err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("LiftedBans (-want +got):\n%s", diff)
		}
	}
	w.ok("save again", w.s.SaveBan(t.Context(), again))
	kept(again, other)
}
