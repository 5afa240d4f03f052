package plan

import (
	"cmp"
	"time"

	"careline/campaigns"
)

// Options tune a Plan. The zero value is ready to use.
type Options struct {
	Batch int // most contacts of one Claim; 0 means 100
	// Lead is how long before its time the start of a call is given out, so that
	// who is told a little late still starts it on time.
	Lead time.Duration
	// Pacer makes the policy of predictive campaigns; nil: dialer/pacing.
	Pacer func(Pacing) Pacer
}

func (o Options) withDefaults() Options {
	o.Batch = cmp.Or(o.Batch, 100)
	if o.Pacer == nil {
		o.Pacer = newPacer
	}
	return o
}

// Plan is the dialing of one node. It is not safe for concurrent use.
type Plan struct {
	options   Options
	now       time.Time
	campaigns map[campaigns.ID]*campaign
	trunks    map[string]*trunk
	pools     map[string]*pool
	agents    map[string]*agent
	pending   map[EffectID]*pending
	timers    heap[*timer]
	out       []Effect
	slowed    []Slowed
	decided   []Decided
	effects   EffectID // given out so far
	arrivals  int      // of campaigns and trunks so far
	suspended bool
	draining  bool
}

// pending is an effect whose result has not come yet.
type pending struct {
	id       EffectID
	kind     EffectKind
	campaign *campaign
	hand     *hand
	trunk    *trunk
	try      int
	tried    []*trunk  // in the tries before, within the attempt
	at       time.Time // when the call was to start
	before   time.Time // when the trunk's one before it was
	lane     *lane     // that pays for the call
	paid     time.Duration
	pool     *pool  // whose agents shall take it; nil: nobody's
	agent    string // who has asked for it
	stage    stage
	known    bool // it is known who has answered
	reached  bool // an agent has taken it
	taken    bool // and may give it back
	lost     bool // no agent came in time
	through  bool // the carrier has put it through
}

// New returns a plan that knows no campaign and no trunk.
func New(o Options) *Plan {
	return &Plan{
		options:   o.withDefaults(),
		campaigns: map[campaigns.ID]*campaign{},
		trunks:    map[string]*trunk{},
		pools:     map[string]*pool{},
		agents:    map[string]*agent{},
		pending:   map[EffectID]*pending{},
	}
}

// Step takes in what happened at now and returns what shall be done. now never
// goes back.
func (p *Plan) Step(now time.Time, ev Event) []Effect {
	p.now, p.out = now, nil
	p.take(ev)
	for {
		next, set := p.timers.top()
		if !set || next.at.After(now) {
			return p.out
		}
		next.fire()
	}
}

// NextWake is when Step shall be called with a Tick, unless something happens
// before; the zero time means that only an event can bring anything about.
func (p *Plan) NextWake() time.Time {
	if next, set := p.timers.top(); set {
		return next.at
	}
	return time.Time{}
}

// Outstanding is the number of effects whose results have not been handed in.
func (p *Plan) Outstanding() int { return len(p.pending) }

func (p *Plan) take(ev Event) {
	switch ev.Kind {
	case SetCampaign:
		p.setCampaign(ev.Campaign, ev.Past)
	case SetTrunk:
		p.setTrunk(ev.Trunk)
	case PushedBack:
		p.pushBack(ev)
	case ContactsLeft:
		if c := p.campaigns[ev.ID]; c != nil {
			c.stale, c.claimAt = true, p.now
			p.settle(c)
		}
	case Suspend, Resume:
		p.suspended = ev.Kind == Suspend
		p.settleAll()
	case Drain:
		p.draining = true
		p.settleAll()
	case Claimed, Ended, Released, Finished:
		p.answer(ev)
	case SetAgent:
		p.setAgent(ev)
	case Preview:
		p.preview(ev)
	case CallRinging, CallAnswered, CallTaken, CallAbandoned:
		p.tell(ev)
	case Tick:
	}
}

// answer takes in the result of an effect; a second one is ignored.
func (p *Plan) answer(ev Event) {
	e := p.pending[ev.Effect]
	if e == nil || e.kind != asks(ev.Kind) {
		return
	}
	delete(p.pending, ev.Effect)
	switch e.kind {
	case Claim:
		p.claimed(e.campaign, ev)
	case Place:
		p.ended(e, ev)
	case Finish:
		p.finished(e.campaign, ev)
	case Release, Refuse:
	}
	p.settle(e.campaign)
}

// asks returns the kind of effect that a kind of event answers.
func asks(kind EventKind) EffectKind {
	return map[EventKind]EffectKind{Claimed: Claim, Ended: Place, Released: Release, Finished: Finish}[kind]
}

// emit gives out an effect.
func (p *Plan) emit(e Effect, waits *pending) {
	p.effects++
	e.ID = p.effects
	e.Campaign = waits.campaign.ID
	waits.kind, waits.id = e.Kind, e.ID
	p.pending[e.ID] = waits
	p.out = append(p.out, e)
}

// halted tells whether no call may start, whatever the campaign.
func (p *Plan) halted() bool { return p.suspended || p.draining }

// timer is a time at which a campaign or a trunk wants to act.
type timer struct {
	at    time.Time
	order int // decides between equal times
	fire  func()
	index place
}

func (t *timer) before(other *timer) bool {
	if !t.at.Equal(other.at) {
		return t.at.Before(other.at)
	}
	return t.order < other.order
}

func (t *timer) place() *place { return &t.index }

// schedule sets a timer to at, or to now where that has passed; off where it
// shall not fire.
func (p *Plan) schedule(t *timer, on bool, at time.Time) {
	if !on {
		p.timers.drop(t)
		return
	}
	if t.at = at; at.Before(p.now) {
		t.at = p.now
	}
	p.timers.put(t)
}
