package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/dialer/plan"
)

var start = time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC)

// desk steps a plan by hand: it keeps the effects that have no answer yet and
// the time.
type desk struct {
	t   *testing.T
	p   *plan.Plan
	now time.Time
	out []plan.Effect
	got plan.EffectID // the effect that was taken last
}

func newDesk(t *testing.T, o plan.Options) *desk {
	t.Helper()
	return &desk{t: t, p: plan.New(o), now: start}
}

// step hands an event in and keeps what it brings.
func (d *desk) step(ev plan.Event) []plan.Effect {
	d.t.Helper()
	effects := d.p.Step(d.now, ev)
	d.out = append(d.out, effects...)
	return effects
}

// wake goes to the next wake-up, which must be at the time given.
func (d *desk) wake(after time.Duration) []plan.Effect {
	d.t.Helper()
	if next := d.p.NextWake(); !next.Equal(start.Add(after)) {
		d.t.Fatalf("next wake is %v after the start; want %v", next.Sub(start), after)
	}
	d.now = start.Add(after)
	return d.step(plan.Event{Kind: plan.Tick})
}

// take removes and returns the oldest effect of a kind that has no answer yet.
func (d *desk) take(kind plan.EffectKind) plan.Effect {
	d.t.Helper()
	i := slices.IndexFunc(d.out, func(e plan.Effect) bool { return e.Kind == kind })
	if i < 0 {
		d.t.Fatalf("no %s is out; there are %v", kind, kinds(d.out))
	}
	e := d.out[i]
	d.out = slices.Delete(d.out, i, i+1)
	d.got = e.ID
	return e
}

// claimed answers the oldest claim with contacts of these names.
func (d *desk) claimed(names ...string) []plan.Effect {
	d.t.Helper()
	ev := plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, Open: true}
	for _, name := range names {
		ev.Contacts = append(ev.Contacts, campaigns.Contact{ID: campaigns.ContactID(name)})
	}
	return d.step(ev)
}

// ended answers the oldest Place.
func (d *desk) ended(ev plan.Event) []plan.Effect {
	d.t.Helper()
	ev.Kind, ev.Effect = plan.Ended, d.take(plan.Place).ID
	return d.step(ev)
}

func kinds(effects []plan.Effect) []string {
	var s []string
	for _, e := range effects {
		switch e.Kind {
		case plan.Place:
			s = append(s, fmt.Sprintf("place %s by %s", e.Contact.ID, e.Trunk))
		case plan.Release:
			s = append(s, fmt.Sprintf("release %d", len(e.Contacts)))
		case plan.Claim, plan.Finish, plan.Refuse:
			s = append(s, string(e.Kind))
		}
	}
	return s
}

func (d *desk) want(got []plan.Effect, want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, kinds(got)); diff != "" {
		d.t.Errorf("effects (-want +got):\n%s", diff)
	}
}

func running(id string, maxCalls int, trunks ...string) plan.Event {
	return plan.Event{Kind: plan.SetCampaign, Campaign: campaigns.Campaign{
		ID: campaigns.ID(id), State: campaigns.Running,
		Definition: campaigns.Definition{MaxCalls: maxCalls, Trunks: trunks},
	}}
}

func paused(id string) plan.Event {
	return plan.Event{Kind: plan.SetCampaign, Campaign: campaigns.Campaign{ID: campaigns.ID(id), State: campaigns.Paused}}
}

func trunk(name string, maxCalls int, perSecond float64) plan.Event {
	return plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: name, MaxCalls: maxCalls, PerSecond: perSecond, Up: true}}
}

func TestNothingWithoutTrunk(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.want(d.step(running("c", 0, "main")))
	for _, useless := range []plan.Event{trunk("main", 0, 10), trunk("main", 10, 0), {Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: "main", MaxCalls: 1, PerSecond: 1}}, trunk("other", 1, 1)} {
		d.want(d.step(useless))
	}
	if !d.p.NextWake().IsZero() {
		t.Errorf("NextWake = %v; want never", d.p.NextWake())
	}
	d.want(d.step(trunk("main", 1, 1)), "claim")
}

func TestCallsAreSpacedExactly(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 10})
	d.step(trunk("main", 100, 4))
	d.step(running("c", 0, "main"))
	d.want(d.claimed("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"), "place 1 by main")
	d.want(d.wake(250*time.Millisecond), "place 2 by main")
	d.now = start.Add(time.Minute) // the plan was not asked for long: that is not made up for
	d.want(d.step(plan.Event{Kind: plan.Tick}), "place 3 by main")
	d.want(d.step(plan.Event{Kind: plan.Tick}))
	d.want(d.wake(time.Minute+250*time.Millisecond), "place 4 by main")
}

func TestCapsHold(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 10})
	d.step(trunk("main", 3, 1000))
	d.step(running("a", 2, "main"))
	d.claimed("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10")
	d.want(d.wake(time.Millisecond), "place a2 by main")
	if next := d.p.NextWake(); !next.IsZero() {
		t.Fatalf("NextWake = %v after the start; want never while the campaign is full", next.Sub(start))
	}
	d.step(running("b", 0, "main"))
	d.claimed("b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10")
	d.want(d.wake(2*time.Millisecond), "place b1 by main") // the third line
	if next := d.p.NextWake(); !next.IsZero() {
		t.Fatalf("NextWake = %v after the start; want never while the trunk is full", next.Sub(start))
	}
	d.ended(plan.Event{}) // of a1
	d.want(d.wake(3*time.Millisecond), "place a3 by main")
}

func TestCampaignsTakeTurns(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 20})
	d.step(trunk("main", 100, 10))
	d.step(running("a", 0, "main"))
	d.claimed(names("a")...)
	d.wake(100 * time.Millisecond)
	d.wake(200 * time.Millisecond) // a has had three
	d.step(running("b", 0, "main"))
	d.claimed(names("b")...)
	d.wantTurns(300*time.Millisecond, "babababa")
}

// wantTurns wakes every 100 ms and compares the first letters of who is placed.
func (d *desk) wantTurns(from time.Duration, want string) {
	d.t.Helper()
	var order string
	for i := range len(want) {
		for _, e := range d.wake(from + time.Duration(i)*100*time.Millisecond) {
			order += string(e.Contact.ID[:1])
		}
	}
	if order != want {
		d.t.Errorf("turns = %s; want %s", order, want)
	}
}

func TestIdleCampaignHasNothingToMakeUpFor(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 20})
	d.step(trunk("main", 100, 10))
	d.step(running("b", 0, "main"))
	idle := d.take(plan.Claim)
	d.step(running("a", 0, "main"))
	d.claimed(names("a")...)
	d.wantTurns(100*time.Millisecond, "aaaa")
	late := plan.Event{Kind: plan.Claimed, Effect: idle.ID, Open: true}
	for _, name := range names("b") {
		late.Contacts = append(late.Contacts, campaigns.Contact{ID: campaigns.ContactID(name)})
	}
	d.step(late)
	d.wantTurns(500*time.Millisecond, "bababa")
}

func TestCampaignThatMovesHasNothingToPay(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 20})
	d.step(trunk("one", 100, 1000))
	d.step(trunk("two", 100, 10))
	d.step(running("a", 0, "one", "two"))
	d.claimed(names("a")...)
	for i := range 5 {
		d.wake(time.Duration(i+1) * time.Millisecond)
	}
	d.step(running("b", 0, "two"))
	d.claimed(names("b")...) // places b0
	d.step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: "one"}})
	d.wantTurns(105*time.Millisecond, "abab")
}

func TestContactsLeftWhileAClaimIsOut(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 1))
	d.step(running("c", 0, "main"))
	d.step(plan.Event{Kind: plan.ContactsLeft, ID: "c"})
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, NextDue: start.Add(time.Hour)})
	d.want(d.wake(time.Second), "claim")
}

// names returns a batch of 20.
func names(prefix string) []string {
	s := make([]string, 20)
	for i := range s {
		s[i] = fmt.Sprint(prefix, i)
	}
	return s
}

func TestBatches(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 4})
	d.step(trunk("main", 100, 1))
	d.want(d.step(running("c", 0, "main")), "claim")
	d.want(d.claimed("1", "2", "3", "4"), "place 1 by main")
	d.want(d.wake(time.Second), "place 2 by main", "claim") // two are left
	d.want(d.claimed("5", "6", "7", "8"))
	for i := 3; i <= 5; i++ {
		d.want(d.wake(time.Duration(i-1)*time.Second), fmt.Sprintf("place %d by main", i))
	}
	d.want(d.wake(5*time.Second), "place 6 by main", "claim")
}

func TestClaimsAgainWhenTheNextIsDue(t *testing.T) {
	due := start.Add(3 * time.Hour)
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 1))
	d.step(running("c", 0, "main"))
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, NextDue: due})
	d.want(d.wake(3*time.Hour), "claim")
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, NextDue: due}) // still cannot be had
	d.want(d.wake(3*time.Hour+time.Second), "claim")
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, Open: true}) // another node dials
	d.want(d.wake(3*time.Hour+6*time.Second), "claim")
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, NextDue: due.Add(time.Hour)})
	d.want(d.step(plan.Event{Kind: plan.ContactsLeft, ID: "c"}), "claim")
	d.claimed("1")
	d.want(d.ended(plan.Event{})) // it may be due again sooner than the next look
	d.want(d.wake(3*time.Hour+7*time.Second), "claim")
}

func TestClaimsAreRetriedMoreAndMoreSlowly(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 1))
	d.step(running("c", 0, "main"))
	var at time.Duration
	for _, seconds := range []int{1, 2, 4, 8, 16, 30, 30} {
		d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, Err: true})
		at += time.Duration(seconds) * time.Second
		d.want(d.wake(at), "claim")
	}
	d.claimed()
	d.want(d.wake(at+5*time.Second), "claim")
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, Err: true})
	d.want(d.wake(at+6*time.Second), "claim")
}

func TestFinish(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 1))
	d.step(running("c", 0, "main"))
	d.claimed("1")
	d.ended(plan.Event{})
	d.wake(time.Second)
	d.want(d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID}), "finish")
	d.want(d.step(plan.Event{Kind: plan.Finished, Effect: d.take(plan.Finish).ID})) // there is one after all
	d.want(d.wake(2*time.Second), "claim")
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID})
	d.step(plan.Event{Kind: plan.Finished, Effect: d.take(plan.Finish).ID, Err: true})
	d.want(d.wake(3*time.Second), "claim")
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID})
	d.want(d.step(plan.Event{Kind: plan.Finished, Effect: d.take(plan.Finish).ID, Done: true}))
	if !d.p.NextWake().IsZero() || d.p.Outstanding() != 0 {
		t.Errorf("NextWake = %v, %d out; want nothing more", d.p.NextWake(), d.p.Outstanding())
	}
}

func TestPauseStopsAtOnce(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 4})
	d.step(trunk("main", 100, 10))
	d.step(running("c", 0, "main"))
	d.claimed("1", "2", "3", "4")
	d.wake(100 * time.Millisecond) // places 2, claims
	d.want(d.step(paused("c")), "release 2")
	d.want(d.claimed("5", "6"), "release 2") // what was under way
	d.want(d.ended(plan.Event{Failover: true}))
	d.want(d.ended(plan.Event{}))
	d.want(d.step(running("c", 0, "main")), "claim")
}

func TestTrunkDownGivesBack(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 10))
	d.step(trunk("spare", 100, 10))
	d.step(running("c", 0, "main", "spare"))
	d.claimed("1", "2", "3")
	down := func(name string) plan.Event {
		return plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: name, MaxCalls: 100, PerSecond: 10}}
	}
	d.want(d.step(down("main")), "place 2 by spare")
	d.want(d.step(down("spare")), "release 1")
	d.out = nil
	d.step(trunk("main", 100, 10))
	d.want(d.step(running("c", 0, "main", "spare")))
}

func TestSuspendKeepsWhatIsClaimed(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 10))
	d.step(running("c", 0, "main"))
	d.claimed("1", "2")
	d.want(d.step(plan.Event{Kind: plan.Suspend}))
	if !d.p.NextWake().IsZero() {
		t.Errorf("NextWake = %v; want never while suspended", d.p.NextWake())
	}
	d.now = start.Add(time.Second)
	d.want(d.step(plan.Event{Kind: plan.Resume}), "place 2 by main")
}

func TestDrain(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 10))
	d.step(running("c", 0, "main"))
	d.claimed("1", "2", "3")
	d.want(d.step(plan.Event{Kind: plan.Drain}), "release 2")
	d.step(plan.Event{Kind: plan.Released, Effect: d.take(plan.Release).ID})
	d.want(d.ended(plan.Event{Failover: true}))
	d.want(d.step(running("d", 0, "main")))
	if d.p.Outstanding() != 0 || !d.p.NextWake().IsZero() {
		t.Errorf("%d out, next wake %v; want nothing more", d.p.Outstanding(), d.p.NextWake())
	}
}

func TestFailover(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 1))
	d.step(trunk("spare", 2, 1))
	d.step(trunk("last", 2, 1))
	d.step(running("c", 0, "main", "missing", "spare", "last"))
	d.claimed("1", "2", "3")
	first := d.out[slices.IndexFunc(d.out, func(e plan.Effect) bool { return e.Kind == plan.Place })]
	second := d.ended(plan.Event{Failover: true})
	d.want(second, "place 1 by spare")
	if second[0].After != first.ID || second[0].Try != 2 || !second[0].At.Equal(start) {
		t.Errorf("second try = %+v; want try 2 after %d, now", second[0], first.ID)
	}
	third := d.ended(plan.Event{Failover: true})
	d.want(third, "place 1 by last")
	d.want(d.ended(plan.Event{Failover: true})) // there is no other

	d.wake(time.Second) // places 2 by main
	d.step(trunk("spare", 2, 0.6))
	again := d.ended(plan.Event{Failover: true})
	d.want(again, "place 2 by spare")
	if want := start.Add(1666666667 * time.Nanosecond); !again[0].At.Equal(want) {
		t.Errorf("start set aside at %v; want %v", again[0].At, want)
	}
	d.step(trunk("spare", 9, 1))
	d.now = start.Add(1400 * time.Millisecond)
	d.step(trunk("main", 100, 1000)) // places 3
	next := d.ended(plan.Event{Failover: true})
	d.want(next, "place 2 by last") // spare refuses 2 as well
	next = d.ended(plan.Event{Failover: true})
	d.want(next, "place 3 by spare")
	if want := start.Add(2666666667 * time.Nanosecond); !next[0].At.Equal(want) {
		t.Errorf("start set aside at %v; want %v, a second after the other", next[0].At, want)
	}
}

func TestFailoverNeedsALineSoon(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 100, 1))
	d.step(trunk("spare", 1, 0.1))
	d.step(running("c", 0, "main", "spare"))
	d.claimed("1", "2", "3")
	d.want(d.ended(plan.Event{Failover: true}), "place 1 by spare")
	d.wake(time.Second)
	busy := d.out
	d.out = d.out[1:]
	d.want(d.ended(plan.Event{Failover: true})) // its only line is taken
	d.out = busy[:1]
	d.ended(plan.Event{})
	d.out = nil
	d.wake(2 * time.Second)
	d.want(d.ended(plan.Event{Failover: true})) // its next start is 8 s off
}

func TestHeldCallsCostNoStart(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 10})
	d.step(trunk("main", 100, 1))
	d.step(running("c", 0, "main"))
	d.claimed("1", "2", "3", "4", "5", "6")
	d.want(d.ended(plan.Event{Held: true}), "place 2 by main")
	d.wake(time.Second) // places 3
	d.want(d.ended(plan.Event{Held: true}))
	d.want(d.ended(plan.Event{Held: true}), "place 4 by main")
}

func TestClaimedAgainBeforeItsEndIsKnown(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 10})
	d.step(trunk("main", 100, 10))
	d.step(running("c", 0, "main"))
	d.claimed("1")
	d.step(plan.Event{Kind: plan.ContactsLeft, ID: "c"})
	d.want(d.claimed("1"))
	d.now = start.Add(time.Second)
	d.want(d.ended(plan.Event{}), "place 1 by main")
	if d.p.Outstanding() != 1 {
		t.Errorf("%d out; want the second place alone", d.p.Outstanding())
	}
}

func TestStrayAnswersAreIgnored(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 1, 10))
	d.step(running("c", 0, "main"))
	claim := d.out[0]
	d.claimed("1", "2")
	for _, ev := range []plan.Event{
		{Kind: plan.Claimed, Effect: claim.ID, Contacts: []campaigns.Contact{{ID: "9"}}},
		{Kind: plan.Ended, Effect: claim.ID},
		{Kind: plan.Finished, Effect: d.out[0].ID, Done: true},
		{Kind: plan.Ended, Effect: 99},
		{Kind: plan.ContactsLeft, ID: "nobody"},
		{Kind: plan.SetCampaign, Campaign: campaigns.Campaign{ID: "x", State: campaigns.Stopped}},
	} {
		d.want(d.step(ev))
	}
	d.now = start.Add(time.Second)
	d.want(d.ended(plan.Event{}), "place 2 by main")
}
