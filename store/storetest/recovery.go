package storetest

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/store"
)

var recoverTests = tests{
	"recovery ends what a crash left open":            recoversCrash,
	"recovery goes on where another one ended":        recoversRecovery,
	"recovery leaves alone what is alive":             leavesAlive,
	"recovery ends what another node left open":       recoversOther,
	"recovery settles contacts between two things":    recoversBetween,
	"recovery leaves to others what they just ended":  recoversEnded,
	"recovery frees agents and ends talks":            recoversDesk,
	"recovery counts callees without an agent":        recoversReception,
	"recovery counts hosted callees without an agent": movesReception,
	"unknown contacts are decided by hand":            decides,
}

func recoversCrash(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 6, nil)
	claimed := w.claim(6)
	ringing, partial, complete := w.begin(claimed[0]), w.begin(claimed[1]), w.begin(claimed[2])
	w.ok("mark", w.s.MarkAttempt(t.Context(), ringing.ID, false, campaigns.Leg{ToTag: "early"}, w.now))
	w.answered(partial)
	w.commit(step(w.answered(complete), 1, w.now, "satisfied", "1"))
	ended := w.begin(claimed[3])
	w.end(ended, campaigns.Busy)

	w.now = w.now.Add(time.Second)
	next := w.again()
	left, err := next.Recover(t.Context(), theNode, w.now)
	w.ok("recover", err)
	if len(left) != 3 || left[0].ID != ringing.ID || left[0].Leg.ToTag != "early" || !left[0].EndedAt.IsZero() ||
		left[1].AnsweredAt.IsZero() || left[1].Leg.Remote != "sip:them" {
		t.Errorf("Recover = %+v; want the three attempts as they were", left)
	}
	for i, want := range []campaigns.ContactState{
		campaigns.Unknown, campaigns.Partial, campaigns.Completed, campaigns.Pending, campaigns.Pending, campaigns.Pending,
	} {
		if got := w.contact(claimed[i].ID).State; got != want {
			t.Errorf("contact %d is %s; want %s", i, got, want)
		}
	}
	r, err := next.LoadCall(t.Context(), string(complete.ID))
	w.ok("load a call", err)
	if r.Ending != call.Crashed || !r.EndedAt.Equal(w.now) {
		t.Errorf("the call ended as %s at %v; want crashed at %v", r.Ending, r.EndedAt, w.now)
	}
	w.s = next
	if again, err := next.Recover(t.Context(), theNode, w.now); err != nil || len(again) != 0 {
		t.Errorf("Recover again = %v, %v; want nothing", again, err)
	}
	if got := w.claim(9); len(got) != 2 {
		t.Errorf("%d contacts can be claimed; want the 2 that were only claimed", len(got))
	}
	f := w.adds(w.c.ID)
	if f.ByDisposition[campaigns.NotKnown] != 1 || f.ByDisposition[campaigns.Answered] != 2 || f.Open != 0 {
		t.Errorf("funnel = %+v; want 1 unknown, 2 answered, none open", f)
	}
}

// recoversRecovery: a process that dies while it ends the calls of another leaves
// them to the next one, until the network has forgotten them.
func recoversRecovery(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	claimed := w.claim(4)
	unheard := w.begin(claimed[0])
	w.end(unheard, campaigns.NotKnown)
	w.end(w.begin(claimed[1]), campaigns.Busy)
	ringing, talking := w.begin(claimed[2]), w.begin(claimed[3])
	w.answered(talking)
	for after, want := range []int{3, 3, 0} {
		w.now = w.now.Add(time.Duration(after) * 20 * time.Second)
		w.s = w.again()
		left, err := w.s.Recover(t.Context(), theNode, w.now)
		w.ok("recover", err)
		if len(left) != want {
			t.Fatalf("Recover of run %d = %d attempts; want %d", after+2, len(left), want)
		}
		if want > 0 && (left[0].ID != unheard.ID || left[1].ID != ringing.ID || left[2].ID != talking.ID || left[2].AnsweredAt.IsZero()) {
			t.Errorf("Recover of run %d = %+v; want what was not heard, what rang and what was answered", after+2, left)
		}
		if again, err := w.s.Recover(t.Context(), theNode, w.now); err != nil || len(again) != 0 {
			t.Errorf("Recover again = %v, %v; want nothing", again, err)
		}
	}
	if f := w.adds(w.c.ID); f.ByDisposition[campaigns.NotKnown] != 2 || f.Attempts != 4 {
		t.Errorf("funnel = %+v; want 4 attempts, 2 of them unknown", f)
	}
}

func leavesAlive(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	claimed := w.claim(3)
	a := w.begin(claimed[0])
	r := w.answered(a)
	other := w.open(store.Options{Node: "b"})
	w.renew(other, "b")
	for node, s := range map[string]*store.Store{theNode: w.s, "b": other} {
		if left, err := s.Recover(t.Context(), node, w.now); err != nil || len(left) != 0 {
			t.Errorf("Recover of %s = %v, %v; want nothing", node, left, err)
		}
	}
	w.commit(step(r, 1, w.now, "satisfied", "1"))
	w.end(a, campaigns.Answered)
	w.closed(r, call.ByFlow)
	w.is(a.Contact, campaigns.Completed)
	w.begin(claimed[1])
	if _, err := w.s.Recover(t.Context(), "never renewed", w.now); !errors.Is(err, store.ErrNoLease) {
		t.Errorf("Recover without a lease = %v; want ErrNoLease", err)
	}
}

func recoversOther(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a := w.begin(w.claim(1)[0])
	r := w.answered(a)
	other := w.open(store.Options{Node: "b"})
	w.now = w.now.Add(21 * time.Second)
	w.renew(other, "b")
	left, err := other.Recover(t.Context(), "b", w.now)
	if err != nil || len(left) != 1 || left[0].ID != a.ID || left[0].Node != theNode {
		t.Errorf("Recover = %+v, %v; want the attempt of the node that is gone", left, err)
	}
	w.is(a.Contact, campaigns.Partial)

	// The node was not dead: its call went on.
	if err := w.s.MarkAttempt(t.Context(), a.ID, true, campaigns.Leg{}, w.now); !errors.Is(err, store.ErrEnded) {
		t.Errorf("MarkAttempt = %v; want ErrEnded", err)
	}
	w.commit(step(r, 1, w.now, "satisfied", "1"))
	if f := w.adds(w.c.ID); f.Answers["satisfied"]["1"] != 1 {
		t.Errorf("answers = %v; want the one given after all", f.Answers)
	}
}

func recoversBetween(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	claimed := w.claim(4)
	trunks := w.begin(claimed[0])
	w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
		Attempt: trunks.ID, Disposition: campaigns.Congestion, At: w.now, Failover: true,
	}))
	opened := w.comesIn(claimed[2])
	w.commit(step(opened, 1, w.now, "satisfied", "2"))
	w.now = w.now.Add(time.Second)
	w.s = w.again()
	if left, err := w.s.Recover(t.Context(), theNode, w.now); err != nil || len(left) != 0 {
		t.Errorf("Recover = %v, %v; want no attempt", left, err)
	}
	for i, want := range []campaigns.ContactState{campaigns.Pending, campaigns.Pending, campaigns.Completed, campaigns.Pending} {
		if got := w.contact(claimed[i].ID).State; got != want {
			t.Errorf("contact %d is %s; want %s", i, got, want)
		}
	}
	if c := w.contact(claimed[0].ID); c.Faults != 1 || c.Last != campaigns.Congestion {
		t.Errorf("the contact between two trunks = %+v; want one fault", c)
	}
	w.adds(w.c.ID)
}

// recoversEnded: a node that was taken for gone, or another that recovers the
// same, may end an attempt while we are about to.
func recoversEnded(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a := w.begin(w.claim(1)[0])
	other := w.open(store.Options{Node: "b"})
	w.now = w.now.Add(21 * time.Second)
	w.renew(other, "b")
	db, err := openRaw(w.url)
	w.ok("open the database", err)
	defer db.Close()
	tx, err := db.Beginx()
	w.ok("begin", err)
	defer tx.Rollback()
	_, err = tx.ExecContext(t.Context(), `UPDATE attempts SET ended_at = 1, disposition = 'busy' WHERE id = $1`, a.ID)
	w.ok("end the attempt", err)
	recovered := make(chan error, 1)
	go func() {
		_, err := other.Recover(t.Context(), "b", w.now)
		recovered <- err
	}()
	w.waitsForLock(db)
	w.ok("commit", tx.Commit())
	w.ok("recover", <-recovered)
}

const lockWaits = `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

// waitsForLock waits until somebody waits for a row that another has. SQLite
// has no such locks.
func (w *world) waitsForLock(db *sqlx.DB) {
	w.Helper()
	for waiting := 0; waiting == 0 && !isFile(w.url); {
		w.ok("look for locks", db.GetContext(w.Context(), &waiting, lockWaits))
	}
}

func recoversDesk(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	r := w.comesIn(w.contacts()[0])
	w.ok("save an agent", w.s.SaveAgent(t.Context(), agents.Record{Agent: "anna", Wish: agents.Ready, Reserved: r.ID, ReservedAt: w.now}))
	w.ok("save an agent", w.s.SaveAgent(t.Context(), agents.Record{Agent: "ben", Wish: agents.Break}))
	talk := call.Talk{ID: newID(), CallID: r.ID, Queue: "care", Agent: "anna", WaitedFrom: w.now, JoinedAt: w.now}
	w.ok("save a talk", w.s.SaveTalk(t.Context(), talk))
	outside := call.Talk{
		ID: newID(), CallID: r.ID, From: talk.ID, AgentCall: newID(), WaitedFrom: w.now,
		Number: number(7), Trunk: "carrier", Leg: campaigns.Leg{CallID: "c", FromTag: "f", ToTag: "t", Remote: "sip:x@y"},
	}
	w.ok("save a talk", w.s.SaveTalk(t.Context(), outside))
	w.now = w.now.Add(time.Second)
	w.s = w.again()
	left, err := w.s.Recover(t.Context(), theNode, w.now)
	w.ok("recover", err)
	if len(left) != 1 || left[0].Leg.CallID != "c" || left[0].Trunk != "carrier" || left[0].AnsweredAt.IsZero() {
		t.Errorf("Recover = %+v; want the call to the outside", left)
	}
	got, err := w.s.AgentRecords(t.Context())
	w.ok("list agents", err)
	want := []agents.Record{{Agent: "anna", Wish: agents.Ready}, {Agent: "ben", Wish: agents.Break}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("AgentRecords (-want +got):\n%s", diff)
	}
	talks, err := w.s.Talks(t.Context(), time.Time{})
	w.ok("list talks", err)
	talk.Outcome, talk.EndedAt = "connected", w.now
	outside.Outcome, outside.EndedAt = "failed", w.now
	if diff := cmp.Diff([]call.Talk{talk, outside}, talks); diff != "" {
		t.Errorf("Talks (-want +got):\n%s", diff)
	}
}

func decides(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	claimed := w.claim(2)
	for _, c := range claimed {
		w.end(w.begin(c), campaigns.NotKnown)
	}
	unknown, err := w.s.Unknowns(t.Context(), w.c.ID)
	w.ok("list unknowns", err)
	if len(unknown) != 2 || unknown[0].Contact != claimed[0].ID {
		t.Errorf("Unknowns = %+v; want both attempts", unknown)
	}
	decide := func(i int, to campaigns.ContactState) error {
		return w.s.Decide(t.Context(), store.Decision{Contact: claimed[i].ID, To: to, Why: "asked the carrier", Who: "anna", At: w.now})
	}
	w.ok("decide", decide(0, campaigns.Pending))
	w.ok("decide", decide(1, campaigns.Exhausted))
	if err = decide(1, campaigns.Pending); !errors.Is(err, store.ErrNotAllowed) {
		t.Errorf("Decide on what is known = %v; want ErrNotAllowed", err)
	}
	again := w.claim(9)
	if len(again) != 1 || again[0].ID != claimed[0].ID {
		t.Fatalf("Claim = %v; want the contact that is to be called again", again)
	}
	w.end(w.begin(again[0]), campaigns.NotKnown)
	if done, failed := w.s.Finish(t.Context(), w.c.ID, w.now); failed != nil || !done {
		t.Errorf("Finish = %v, %v; want true", done, failed)
	}
	w.now = w.now.Add(time.Second)
	w.ok("decide to call again in a finished campaign", decide(0, campaigns.Pending))
	if c, failed := w.s.CampaignNamed(t.Context(), w.c.Name); failed != nil || c.State != campaigns.Running || !c.EndedAt.IsZero() {
		t.Errorf("the campaign is %s, ended at %v, %v; want it to run again", c.State, c.EndedAt, failed)
	}
	w.end(w.begin(w.claim(9)[0]), campaigns.NotKnown)
	_, err = w.s.Stop(t.Context(), w.c.ID, w.now)
	w.ok("stop", err)
	if err := decide(0, campaigns.Pending); !errors.Is(err, store.ErrNotAllowed) {
		t.Errorf("Decide to call again in a campaign that was stopped = %v; want ErrNotAllowed", err)
	}
	w.now = w.now.Add(time.Second)
	w.ok("decide", decide(0, campaigns.Exhausted))
	w.adds(w.c.ID)
	w.decided(claimed)
}

// decided: each decision is on record, with what it was on.
func (w *world) decided(claimed []campaigns.Contact) {
	w.Helper()
	list, err := w.s.Decisions(w.Context(), w.c.ID)
	w.ok("list decisions", err)
	want := []campaigns.ContactState{campaigns.Pending, campaigns.Exhausted, campaigns.Pending, campaigns.Exhausted}
	if len(list) != len(want) {
		w.Fatalf("Decisions = %+v; want %d", list, len(want))
	}
	on := make(map[campaigns.AttemptID]bool)
	for i, d := range list {
		of := claimed[0]
		if i == 1 {
			of = claimed[1]
		}
		if d.Contact != of.ID || d.Number != of.Number || d.To != want[i] || d.Who != "anna" || d.Why != "asked the carrier" || d.Attempt == "" || on[d.Attempt] {
			w.Errorf("decision %d is %+v; want %s on %s by anna", i, d, want[i], of.Number)
		}
		on[d.Attempt] = true
	}
}

var nodeTests = tests{
	"nodes do not share a name":  nodeTaken,
	"nodes measure their clock":  skew,
	"nodes give their lease up":  abdicates,
	"nodes of a dead process go": nodeReplaced,
}

// claimNode writes another process's lease.
func (w *world) claimNode(host string, pid int) {
	w.Helper()
	db, err := openRaw(w.url)
	w.ok("open the database", err)
	defer db.Close()
	_, err = db.ExecContext(w.Context(), `UPDATE nodes SET owner = 'a@another', host = $1, pid = $2 WHERE name = 'a'`, host, pid)
	w.ok("write a lease", err)
}

func nodeTaken(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	host, err := os.Hostname()
	w.ok("find the host's name", err)
	for _, tt := range []struct {
		host string
		pid  int
	}{{host, os.Getppid()}, {"elsewhere", 1}} {
		w.claimNode(tt.host, tt.pid)
		_, err := w.s.Renew(t.Context(), theNode, w.now)
		var taken *store.NodeTakenError
		if !errors.As(err, &taken) || taken.Node != theNode || taken.PID != tt.pid || taken.Host != tt.host {
			t.Errorf("Renew while process %d on %s has the name = %v; want a NodeTakenError", tt.pid, tt.host, err)
		}
	}
	w.now = w.now.Add(21 * time.Second)
	w.renew(w.s, theNode)
}

func nodeReplaced(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	host, err := os.Hostname()
	w.ok("find the host's name", err)
	dead := exec.Command("true")
	w.ok("run a process", dead.Run())
	w.claimNode(host, dead.Process.Pid)
	w.renew(w.s, theNode)
}

func skew(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
		skew, err := w.s.Renew(t.Context(), "b", time.Now().Add(ahead))
		if err != nil || (skew-ahead).Abs() > time.Second {
			t.Errorf("Renew of a clock %v ahead = %v, %v", ahead, skew, err)
		}
	}
}

func abdicates(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.ok("close", w.s.Close())
	w.s = w.open(store.Options{})
	if _, err := w.s.Claim(t.Context(), theNode, w.c.ID, 1, w.now); !errors.Is(err, store.ErrNoLease) {
		t.Errorf("Claim = %v; want ErrNoLease", err)
	}
	w.renew(w.s, theNode)
	w.begin(w.claim(1)[0])
}

// openRaw opens a database beside the store.
func openRaw(url string) (*sqlx.DB, error) {
	if isFile(url) {
		return sqlx.Open("sqlite", url)
	}
	return sqlx.Open("postgres", url)
}
