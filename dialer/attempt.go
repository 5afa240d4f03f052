package dialer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
	"careline/phone"
)

const (
	ring      = 30 * time.Second // where the campaign does not say
	mostDelay = time.Second      // from the decision that a contact may be called to its INVITE
)

// attempt is one attempt on a contact, from the plan's Place to its end: one row
// of the ledger for each trunk that is tried.
type attempt struct {
	l        *loop
	campaign campaigns.Campaign
	contact  campaigns.Contact
	row      campaigns.Attempt // as committed; of the latest try
	tries    int               // rows so far
	seen     *sighting         // of the latest try, once it was placed; nil: nobody asks
	rule     string            // that the contact policy holds the contact by
	until    time.Time         // and until when; zero: for good, or it is not known
	ask      *ask              // that it answers; often nil
}

// run carries out a Place, and those that go on with it by other trunks.
func (a *attempt) run(ctx context.Context, e plan.Effect) {
	for more := true; more; {
		e, more = a.try(ctx, e)
	}
}

// try begins the attempt by one trunk and sees it to its end. It returns the
// Place that goes on with it, if there is one.
func (a *attempt) try(ctx context.Context, e plan.Effect) (plan.Effect, bool) {
	if !a.wait(e.At) {
		a.l.release(ctx, a.contact.ID)
		return a.l.report(plan.Event{Kind: plan.Ended, Effect: e.ID, Held: true})
	}
	if !a.suits(e.Trunk) && a.elsewhere(e.Trunk) {
		next, more := a.l.report(plan.Event{Kind: plan.Ended, Effect: e.ID, Held: true, Failover: true})
		if more {
			return next, true
		}
	}
	decided := time.Now()
	if !a.begin(ctx, e.Trunk, decided) {
		return a.l.report(plan.Event{Kind: plan.Ended, Effect: e.ID, Held: true, Rule: a.rule, Until: a.until})
	}
	a.seen = a.l.watch(a.campaign, e)
	end, failure := a.place(ctx, e, decided)
	end.Reception = a.seen.close()
	told := outcome(e, end, failure)
	open := mayBeCarriers(end, told)
	if !told.Failover && !open {
		a.end(ctx, end)
		return a.l.report(told)
	}
	next, more := a.l.report(told)
	if end.Failover = more; open {
		end = a.judge(end)
	}
	a.end(ctx, end)
	return next, more
}

// wait waits for the time of a start that was set aside. It reports false when
// no call may be placed any more, or for now.
func (a *attempt) wait(until time.Time) bool {
	if d := time.Until(until); d > 0 {
		select {
		case <-time.After(d):
		case <-a.l.ended:
		}
	}
	return !over(a.l.ended) && a.l.open.Load()
}

func (a *attempt) permitted(trunk string) bool {
	return a.l.d.o.Allow[trunk].Permit(a.contact.Number)
}

// suits tells whether the contact may be called by the trunk, which has a number
// to show as well.
func (a *attempt) suits(trunk string) bool { return a.permitted(trunk) && a.shown(trunk) != "" }

// shown is the number that the contact sees in a call by the trunk.
func (a *attempt) shown(trunk string) phone.Number {
	return a.l.d.o.CallerID(trunk, a.campaign, a.contact)
}

// elsewhere tells whether another of the campaign's trunks suits the contact.
func (a *attempt) elsewhere(than string) bool {
	for _, trunk := range a.campaign.Trunks {
		if trunk != than && a.suits(trunk) {
			return true
		}
	}
	return false
}

// begin opens the attempt's row. It reports false when the contact may not be
// called, or when it is not known that the row was committed.
func (a *attempt) begin(ctx context.Context, trunk string, now time.Time) bool {
	barred := a.l.d.o.Allow[trunk].Refuses(a.contact.Number)
	b := campaigns.Begin{
		Attempt: a.draft(trunk), Numbers: a.contact.Numbers(), Allowed: barred == "", Barred: barred, Cap: a.capOf(trunk, now),
		Local: a.l.d.o.Local[trunk], Reserved: a.ask != nil,
	}
	asking, cancel := bounded(ctx)
	row, verdict, err := a.l.d.queue.BeginAttempt(asking, b, now)
	cancel()
	if err != nil {
		a.l.post(func(ctx context.Context) { a.l.trouble(ctx, err) })
		a.ask.tell("", err)
		a.l.release(ctx, a.contact.ID)
		return false
	}
	if !verdict.Allowed {
		a.ask.tell("", &HeldError{verdict})
		a.capped(b.Cap, trunk, verdict)
		a.held(b.Attempt, verdict, now)
		return false
	}
	a.row = row
	a.tries++
	a.ask.tell(row.ID, nil)
	a.notify(Event{Kind: Begun, At: now})
	return true
}

// draft is the attempt's row as it shall be.
func (a *attempt) draft(trunk string) campaigns.Attempt {
	row := campaigns.Attempt{
		ID:       campaigns.AttemptID(uuid.Must(uuid.NewV7()).String()),
		Campaign: a.campaign.ID,
		Contact:  a.contact.ID,
		Number:   a.contact.Number,
		CallerID: a.shown(trunk),
		Try:      a.tries + 1,
		Trunk:    trunk,
		Node:     a.l.d.o.Node,
		FlowHash: a.campaign.FlowHash,
	}
	leg, err := a.l.d.o.Leg(trunk, a.contact.Number)
	if err != nil {
		a.l.d.o.Log.Error("call has no leg", "trunk", trunk, "err", err)
	}
	row.Leg = leg // an empty one is refused when the call is placed
	return row
}

func (a *attempt) held(row campaigns.Attempt, v campaigns.Verdict, now time.Time) {
	ev := Event{Kind: Held, At: now}
	for _, check := range v.Checks {
		if !check.Passed {
			ev.Rule = check.Rule
			break
		}
	}
	a.row, a.rule, a.until = row, ev.Rule, v.Next
	a.notify(ev)
	if ev.Rule == campaigns.RuleDestination || ev.Rule == campaigns.RuleCallerID {
		a.l.post(func(context.Context) { a.l.barred(a.campaign, a.contact, ev.Rule) })
	}
	a.l.d.o.Log.Debug("contact held", "campaign_id", string(a.campaign.ID), "contact_id", string(a.contact.ID), "rule", ev.Rule)
}

// place dials and, where the call is answered, has the conversation. It returns
// how the attempt ended, and the failure of a call that was not answered.
func (a *attempt) place(ctx context.Context, e plan.Effect, decided time.Time) (campaigns.End, *call.Failure) {
	if e.Pool != "" && !a.l.d.atWork(e.Pool, e.Agent) {
		return a.ended(campaigns.NotPlaced, campaigns.Evidence{Text: "no agent is at work any more"}), nil
	}
	if late := time.Since(decided); late > mostDelay {
		return a.ended(campaigns.NotPlaced, campaigns.Evidence{Text: fmt.Sprintf("%v passed since it was allowed", late)}), nil
	}
	ctx, cancel := a.l.calling(ctx)
	defer cancel()
	p := progress{a: a, effect: e.ID}
	line, err := a.l.d.placer.Place(ctx, a.order(&p))
	if err != nil {
		f := p.failure(err)
		return a.ended(f.Disposition, f.Evidence), f
	}
	rec := call.Record{
		Info: a.info(), Direction: call.Outbound, FlowHash: a.campaign.FlowHash, AnsweredAt: cmp.Or(p.upAt, time.Now()),
	}
	evidence := campaigns.Evidence{Status: 200}
	if err := a.l.d.talker.Converse(ctx, line, rec); err != nil {
		a.l.d.o.Log.Error("conversation broke off", "call_id", string(a.row.ID), "err", err)
		evidence.Text = "the conversation broke off"
	}
	return a.ended(campaigns.Answered, evidence), nil
}

func (a *attempt) ended(d campaigns.Disposition, e campaigns.Evidence) campaigns.End {
	return campaigns.End{Attempt: a.row.ID, Disposition: d, Evidence: e, At: time.Now()}
}

func (a *attempt) order(p *progress) call.Order {
	return call.Order{
		ID: string(a.row.ID), Number: a.contact.Number, Trunk: a.row.Trunk, CallerID: a.row.CallerID,
		Leg: a.row.Leg, Ring: cmp.Or(a.campaign.RingTimeout, ring), Info: a.info(), Progress: p.reach,
	}
}

func (a *attempt) info() call.Info {
	return call.Info{
		ID: string(a.row.ID), To: string(a.contact.Number), Trunk: a.row.Trunk,
		Campaign: a.campaign.ID, Contact: a.contact.ID, Customer: a.contact.By(a.contact.Number),
		Witness: a.seen.witness(),
	}
}

// end ends the attempt's row, once, however long that takes.
func (a *attempt) end(ctx context.Context, e campaigns.End) {
	never := func() bool { return false }
	stored := a.l.persist(ctx, "end of attempt "+string(e.Attempt), never, func(ctx context.Context) error {
		err := a.l.d.queue.EndAttempt(ctx, e)
		if errors.Is(err, campaigns.ErrEnded) {
			a.l.d.o.Log.Warn("attempt was ended by others", "call_id", string(e.Attempt), "err", err)
			return nil
		}
		return err
	})
	if !stored {
		return // the next run finds it open
	}
	a.notify(Event{Kind: Ended, At: e.At, Disposition: e.Disposition, Evidence: e.Evidence})
	a.l.d.o.Log.Info("attempt ended", "campaign_id", string(a.campaign.ID), "call_id", string(e.Attempt),
		"to", a.contact.Number, "trunk", a.row.Trunk, "disposition", string(e.Disposition))
}

func (a *attempt) notify(ev Event) {
	ev.Campaign, ev.Contact, ev.Number = a.campaign, a.contact, a.contact.Number
	ev.Attempt, ev.Trunk, ev.Ordinal, ev.Try = a.row.ID, a.row.Trunk, a.row.Ordinal, a.row.Try
	a.l.d.o.Notify(ev)
}

// progress hears of the stages of a call.
type progress struct {
	a      *attempt
	effect plan.EffectID
	sent   bool
	rang   bool
	upAt   time.Time
}

// reach stores a stage. Only an attempt that others have ended meanwhile is
// given up: any other trouble must not cut a call short.
func (p *progress) reach(ctx context.Context, s call.Progress) error {
	p.sent = true
	switch s.Stage {
	case call.Sent:
		return nil
	case call.Moved:
		return p.moved(ctx, s.Leg)
	case call.Ringing:
		p.rang = true
		p.a.l.tell(plan.Event{Kind: plan.CallRinging, Effect: p.effect})
		p.a.notify(Event{Kind: Ringing, At: s.At})
	case call.Up:
		p.upAt = s.At
		p.a.seen.answered()
		p.a.notify(Event{Kind: Answered, At: s.At})
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
	defer cancel()
	err := p.a.l.d.queue.MarkAttempt(ctx, p.a.row.ID, s.Stage == call.Up, s.Leg, s.At)
	if errors.Is(err, campaigns.ErrEnded) {
		return fmt.Errorf("the attempt is no longer this node's: %w", err)
	}
	if err != nil {
		p.a.l.post(func(ctx context.Context) { p.a.l.trouble(ctx, err) })
	}
	return nil
}

// moved stores where a redirect leads before the call goes there.
func (p *progress) moved(ctx context.Context, leg campaigns.Leg) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := p.a.l.d.queue.MarkAttempt(ctx, p.a.row.ID, false, leg, time.Time{}); err != nil {
		return fmt.Errorf("store the redirect of attempt %s: %w", p.a.row.ID, err)
	}
	return nil
}

// failure reads why a call was not answered. An error that does not say leaves
// it unknown, once something was sent.
func (p *progress) failure(err error) *call.Failure {
	var f *call.Failure
	if errors.As(err, &f) && f.Disposition != "" {
		return f
	}
	f = &call.Failure{
		Disposition: campaigns.Failure, Evidence: campaigns.Evidence{Text: err.Error()}, Sent: p.sent, Rang: p.rang,
	}
	if p.sent {
		f.Disposition = campaigns.NotKnown
	}
	return f
}
