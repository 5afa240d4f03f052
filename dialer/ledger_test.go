package dialer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// ledger is a database in memory: the dialer's Queue, Campaigns and Node. It
// decides by the real contact policy, and can be made to fail or be slow.
type ledger struct {
	t *testing.T

	mu        sync.Mutex
	campaigns []*campaigns.Campaign
	contacts  []*contact
	attempts  []*campaigns.Attempt
	ends      map[campaigns.AttemptID]int
	fail      map[string]error         // by what is asked
	slow      map[string]time.Duration // likewise
	asked     map[string]int
	past      map[campaigns.ID][]campaigns.Slot
	abandoned time.Time // of everybody, the latest call that was
	deaf      bool      // what is slow does not heed its context
	skew      time.Duration
	changes   chan struct{}
}

type contact struct {
	campaigns.Contact
	claimed string // the node
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	return &ledger{
		t: t, ends: map[campaigns.AttemptID]int{}, fail: map[string]error{}, slow: map[string]time.Duration{},
		asked: map[string]int{}, past: map[campaigns.ID][]campaigns.Slot{}, changes: make(chan struct{}, 1),
	}
}

// start adds a running campaign with n contacts.
func (l *ledger) start(d campaigns.Definition, n int) campaigns.ID {
	l.mu.Lock()
	id := campaigns.ID(fmt.Sprint("c", len(l.campaigns)))
	l.campaigns = append(l.campaigns, &campaigns.Campaign{ID: id, Definition: d, State: campaigns.Running, FlowHash: "flow"})
	l.mu.Unlock()
	l.add(id, n)
	return id
}

// add adds n contacts, and tells.
func (l *ledger) add(id campaigns.ID, n int) {
	l.mu.Lock()
	for range n {
		c := campaigns.Contact{
			ID: campaigns.ContactID(fmt.Sprint("p", len(l.contacts))), Campaign: id, State: campaigns.Pending,
			Customer: campaigns.Customer{Number: number(len(l.contacts))}, Number: number(len(l.contacts)),
		}
		c.Key = string(c.Number)
		l.contacts = append(l.contacts, &contact{Contact: c})
	}
	l.mu.Unlock()
	l.tell()
}

// number is the number of the i-th contact.
func number(i int) phone.Number { return phone.Number(fmt.Sprintf("+86138%08d", i)) }

func (l *ledger) tell() {
	select {
	case l.changes <- struct{}{}:
	default:
	}
}

// set changes a campaign's state, and tells.
func (l *ledger) set(id campaigns.ID, s campaigns.State) {
	l.mu.Lock()
	l.campaign(id).State = s
	l.mu.Unlock()
	l.tell()
}

// breaks makes what is asked fail, or work again where err is nil.
func (l *ledger) breaks(err error, what ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range what {
		l.fail[w] = err
	}
}

// takes makes what is asked take so long.
func (l *ledger) takes(d time.Duration, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slow[what] = d
}

// clock sets how far the node's clock is ahead of the database's.
func (l *ledger) clock(skew time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.skew = skew
}

// stopListening makes what is slow deaf to its context.
func (l *ledger) stopListening() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = true
}

// times returns how often these were asked.
func (l *ledger) times(what ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, w := range what {
		n += l.asked[w]
	}
	return n
}

// claims returns how many contacts nodes have claimed.
func (l *ledger) claims() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, c := range l.contacts {
		if c.claimed != "" {
			n++
		}
	}
	return n
}

// ask notes what is asked, takes its time and fails where it shall. It holds
// the lock when it returns nil.
func (l *ledger) ask(ctx context.Context, what string) error {
	l.mu.Lock()
	l.asked[what]++
	slow, done := l.slow[what], ctx.Done()
	if l.deaf {
		done = nil
	}
	l.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-done:
		return ctx.Err()
	}
	l.mu.Lock()
	if err := l.fail[what]; err != nil {
		l.mu.Unlock()
		return err
	}
	return nil
}

func (l *ledger) campaign(id campaigns.ID) *campaigns.Campaign {
	i := slices.IndexFunc(l.campaigns, func(c *campaigns.Campaign) bool { return c.ID == id })
	return l.campaigns[i]
}

func (l *ledger) contact(id campaigns.ContactID) *contact {
	i := slices.IndexFunc(l.contacts, func(c *contact) bool { return c.ID == id })
	return l.contacts[i]
}

func (l *ledger) Claim(ctx context.Context, node string, id campaigns.ID, limit int, now time.Time) (campaigns.Claims, error) {
	if err := l.ask(ctx, "claim"); err != nil {
		return campaigns.Claims{}, err
	}
	defer l.mu.Unlock()
	var claims campaigns.Claims
	for _, c := range l.contacts {
		switch {
		case c.Campaign != id:
		case c.State == campaigns.Dialing:
			claims.Open = true
		case c.State != campaigns.Pending || c.claimed != "":
		case c.Due.After(now) || len(claims.Contacts) == limit:
			if claims.NextDue.IsZero() || c.Due.Before(claims.NextDue) {
				claims.NextDue = c.Due
			}
		default:
			c.claimed = node
			claims.Contacts = append(claims.Contacts, c.Contact)
		}
	}
	return claims, nil
}

func (l *ledger) Release(ctx context.Context, node string, ids []campaigns.ContactID, _ time.Time) error {
	if err := l.ask(ctx, "release"); err != nil {
		return err
	}
	defer l.mu.Unlock()
	for _, id := range ids {
		if c := l.contact(id); c.claimed == node {
			c.claimed = ""
			if c.State == campaigns.Dialing {
				c.State = campaigns.Pending
			}
		}
	}
	return nil
}

func (l *ledger) BeginAttempt(ctx context.Context, b campaigns.Begin, now time.Time) (campaigns.Attempt, campaigns.Verdict, error) {
	if err := l.ask(ctx, "begin"); err != nil {
		return campaigns.Attempt{}, campaigns.Verdict{}, err
	}
	defer l.mu.Unlock()
	c, d := l.contact(b.Attempt.Contact), l.campaign(b.Attempt.Campaign)
	in := campaigns.Inputs{
		Campaign: d.State, Definition: d.Definition, Contact: c.State, Claimed: c.claimed == b.Attempt.Node,
		Number: c.Number, Zones: c.Zones(), Attempts: c.Attempts, Due: c.Due, Allowed: b.Allowed, CallerID: b.Attempt.CallerID, Open: l.isOpen(c.Number),
		Reserved: b.Reserved, Abandoned: l.abandoned,
		Barred: b.Barred, Capped: b.Cap.Reached(l.carried(b.Attempt.Trunk, b.Cap.Day)),
	}
	if in.Claimed && b.Attempt.Try > 1 {
		in.Contact = campaigns.Pending
	}
	v := campaigns.Evaluate(in, now)
	if !v.Allowed {
		l.hold(c, v)
		return campaigns.Attempt{}, v, nil
	}
	row := b.Attempt
	row.Ordinal, row.BegunAt, row.Verdict = c.Attempts+1, now, v
	c.State = campaigns.Dialing
	l.attempts = append(l.attempts, &row)
	return row, v, nil
}

// carried counts a trunk's calls of a day.
func (l *ledger) carried(trunk, day string) (u campaigns.Use) {
	for _, a := range l.attempts {
		if a.Trunk == trunk && a.BegunAt.UTC().Format(time.DateOnly) == day {
			u.Calls++
		}
	}
	return u
}

func (l *ledger) isOpen(n phone.Number) bool {
	return slices.ContainsFunc(l.attempts, func(a *campaigns.Attempt) bool { return a.Number == n && a.EndedAt.IsZero() })
}

func (l *ledger) hold(c *contact, v campaigns.Verdict) {
	switch {
	case v.State != "":
		c.State, c.claimed = v.State, ""
	case !v.Next.IsZero():
		c.State, c.Due, c.claimed = campaigns.Pending, v.Next, ""
	}
}

func (l *ledger) attempt(id campaigns.AttemptID) *campaigns.Attempt {
	i := slices.IndexFunc(l.attempts, func(a *campaigns.Attempt) bool { return a.ID == id })
	return l.attempts[i]
}

func (l *ledger) MarkAttempt(ctx context.Context, id campaigns.AttemptID, answered bool, leg campaigns.Leg, at time.Time) error {
	if err := l.ask(ctx, "mark"); err != nil {
		return err
	}
	defer l.mu.Unlock()
	a := l.attempt(id)
	if a.Leg = leg; answered {
		a.AnsweredAt = at
	} else if !at.IsZero() {
		a.RingingAt = at
	}
	return nil
}

func (l *ledger) EndAttempt(ctx context.Context, e campaigns.End) error {
	if err := l.ask(ctx, "end"); err != nil {
		return err
	}
	defer l.mu.Unlock()
	l.ends[e.Attempt]++
	l.end(e)
	return nil
}

func (l *ledger) end(e campaigns.End) {
	a := l.attempt(e.Attempt)
	a.EndedAt, a.Disposition, a.Evidence, a.Reception = e.At, e.Disposition, e.Evidence, e.Reception
	c := l.contact(a.Contact)
	if e.Failover {
		return
	}
	c.Contact = c.After(e.Disposition)
	to := campaigns.Settle(l.campaign(a.Campaign).Definition, c.Contact, e.Disposition, nil, e.At)
	c.State, c.Due, c.Number = to.State, to.Due, to.Number
	c.claimed = ""
}

func (l *ledger) Running(ctx context.Context) ([]campaigns.Campaign, error) {
	if err := l.ask(ctx, "running"); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var list []campaigns.Campaign
	for _, c := range l.campaigns {
		if c.State == campaigns.Running {
			list = append(list, *c)
		}
	}
	return list, nil
}

func (l *ledger) Finish(ctx context.Context, id campaigns.ID, now time.Time) (bool, error) {
	if err := l.ask(ctx, "finish"); err != nil {
		return false, err
	}
	defer l.mu.Unlock()
	for _, c := range l.contacts {
		if c.Campaign == id && !c.State.Final() {
			return false, nil
		}
	}
	c := l.campaign(id)
	c.State, c.EndedAt = campaigns.Finished, now
	return true, nil
}

func (l *ledger) AnsweredSince(ctx context.Context, id campaigns.ID, since time.Time) ([]campaigns.Slot, error) {
	if err := l.ask(ctx, "answered since"); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var list []campaigns.Slot
	for _, slot := range l.past[id] {
		if !slot.At.Before(since) {
			list = append(list, slot)
		}
	}
	return list, nil
}

func (l *ledger) Changes(context.Context) <-chan struct{} { return l.changes }

func (l *ledger) Renew(ctx context.Context, _ string, _ time.Time) (time.Duration, error) {
	if err := l.ask(ctx, "renew"); err != nil {
		return 0, err
	}
	defer l.mu.Unlock()
	return l.skew, nil
}

// Recover ends what is open as unknown. The tests call it between two runs
// only, or while nothing is open.
func (l *ledger) Recover(ctx context.Context, node string, now time.Time) ([]campaigns.Attempt, error) {
	if err := l.ask(ctx, "recover"); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	if l.asked["recover"] > 1 && l.asked["begin"] > 0 && !l.crashed() {
		return nil, nil
	}
	var left []campaigns.Attempt
	for _, a := range l.attempts {
		if a.EndedAt.IsZero() {
			left = append(left, *a)
			disp := campaigns.NotKnown
			if !a.AnsweredAt.IsZero() {
				disp = campaigns.Answered
			}
			l.end(campaigns.End{Attempt: a.ID, Disposition: disp, At: now})
		}
	}
	for _, c := range l.contacts {
		if c.claimed == node {
			c.claimed = ""
		}
	}
	return left, nil
}

// crash makes everything fail from now on, as if the process were gone.
func (l *ledger) crash() {
	l.breaks(errGone, "claim", "release", "begin", "mark", "end", "running", "finish", "renew", "recover")
}

// revive makes the database work again, for the next run.
func (l *ledger) revive() {
	l.breaks(nil, "claim", "release", "begin", "mark", "end", "running", "finish", "renew", "recover")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked["crash"] = l.asked["recover"]
}

// crashed tells whether this is the first Recover of a run after a crash.
func (l *ledger) crashed() bool {
	first := l.asked["crash"] > 0
	l.asked["crash"] = 0
	return first
}

var errGone = errors.New("the database is gone")

// states counts the contacts of a campaign by state.
func (l *ledger) states(id campaigns.ID) map[campaigns.ContactState]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := map[campaigns.ContactState]int{}
	for _, c := range l.contacts {
		if c.Campaign == id {
			counts[c.State]++
		}
	}
	return counts
}

// rows returns the ledger as it is.
func (l *ledger) rows() []campaigns.Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]campaigns.Attempt, 0, len(l.attempts))
	for _, a := range l.attempts {
		list = append(list, *a)
	}
	return list
}

// check holds what is always true once a run is over without a crash: every
// attempt has ended, exactly once.
func (l *ledger) check() {
	l.t.Helper()
	for _, a := range l.rows() {
		if a.EndedAt.IsZero() || a.Disposition == "" {
			l.t.Errorf("attempt %s on %s has not ended", a.ID, a.Contact)
		}
		if n := l.ends[a.ID]; n != 1 {
			l.t.Errorf("attempt %s on %s was ended %d times", a.ID, a.Contact, n)
		}
	}
}

// define gives a campaign another definition, and tells.
func (l *ledger) define(id campaigns.ID, d campaigns.Definition) {
	l.mu.Lock()
	l.campaign(id).Definition = d
	l.mu.Unlock()
	l.tell()
}

// take claims the first contact that nobody has, as for an agent who looks at it.
func (l *ledger) take(id campaigns.ID) campaigns.Contact {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.contacts {
		if c.Campaign == id && c.State == campaigns.Pending && c.claimed == "" {
			c.claimed = "n1"
			return c.Contact
		}
	}
	l.t.Fatal("nobody is left to be taken")
	return campaigns.Contact{}
}

// list returns a campaign's contacts.
func (l *ledger) list(id campaigns.ID) []campaigns.Contact {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []campaigns.Contact
	for _, c := range l.contacts {
		if c.Campaign == id {
			list = append(list, c.Contact)
		}
	}
	return list
}
