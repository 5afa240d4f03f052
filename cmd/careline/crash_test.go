package main

import (
	"os"
	"strconv"
	"testing"
	"time"

	"careline/campaigns"
	"careline/store/storetest"
)

// What each database has to stand.
const (
	crashKills   = 24  // at least 20 are promised
	crashLively  = 15  // of them with three or more attempts alive
	crashPeople  = 300 // enough for all kills, which cost up to 14 contacts each
	crashFinish  = 60 * time.Second
	patienceLong = 4 * time.Second // for the moment aimed at
)

// crashSeed is 1, or what CARELINE_CRASH_SEED says, to try other moments.
func crashSeed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv("CARELINE_CRASH_SEED")
	if text == "" {
		return 1
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal("CARELINE_CRASH_SEED:", err)
	}
	return seed
}

// A service that is killed in the middle of a campaign, again and again, and
// started on the same database never dials an attempt twice, loses no answer,
// says unknown where it does not know, and finishes the list. The judge is the
// far end.
func TestCrash(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newCrashWorld(t, database(t), crashPeople)
			kills := w.killAll(drawMoments(w.seed, crashKills))
			w.finish(w.serve())
			newCrashJudge(w, kills).judge()
		})
	}
}

// killAll starts the service and kills it at each of the moments, the first
// time in the middle of the campaign that is started then.
func (w *crashWorld) killAll(at []moment) []kill {
	w.Helper()
	h := newHunter()
	w.listen(h.see)
	var kills []kill
	for i, m := range at {
		v := w.serve()
		if i == 0 {
			w.must("campaign", "start", "crash")
		}
		h.hunt(v, m)
		k := w.shot(h, v)
		w.quiet()
		k.rows = w.rows()
		kills = append(kills, k)
	}
	return kills
}

// shot waits for a kill. When the moment does not come it is another one.
func (w *crashWorld) shot(h *hunter, v *victim) kill {
	w.Helper()
	for waits := 0; ; waits++ {
		select {
		case k := <-h.shot:
			return k
		case <-time.After(patienceLong):
			h.retarget(waits > 0)
			if waits > 3 {
				w.Fatalf("nothing happens any more; the campaign is %s", w.rows().campaign)
			}
		case <-v.gone:
			select {
			case k := <-h.shot:
				return k
			case <-time.After(time.Second):
				w.Fatalf("the service ended by itself: %v", v.err)
			}
		}
	}
}

// finish lets a service do the rest of the list, and end.
func (w *crashWorld) finish(v *victim) {
	w.Helper()
	finished := appears(crashFinish, func() bool {
		select {
		case <-v.gone:
			w.Fatalf("the service ended by itself: %v", v.err)
		default:
		}
		return w.rows().campaign == campaigns.Finished
	})
	switch {
	case !finished:
		w.Errorf("the campaign did not end within %v", crashFinish)
	case !appears(crashFinish, func() bool { return w.net.Up() == 0 }):
		w.Errorf("the calls did not end within %v", crashFinish)
	}
	if err := v.end(10 * time.Second); err != nil {
		w.Errorf("the service did not end well: %v", err)
	}
}
