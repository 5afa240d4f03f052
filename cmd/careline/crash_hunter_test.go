package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"careline/sim/people"
)

// phase is how far a call is at the far end.
type phase int

const (
	invited    phase = iota // the INVITE has arrived
	challenged              // it was answered by 407
	ringing
	answered
)

// strand is a call that is alive at the far end.
type strand struct {
	who   string
	phase phase
	after int // the kills before its INVITE
}

// moment is when a service is killed: at the nth entry that hit accepts.
type moment struct {
	name   string
	hit    func(people.Entry) bool
	nth    int
	rare   bool          // it seldom comes: the first or second one will do
	few    bool          // with fewer than three attempts alive too
	linger time.Duration // passes first, with the network standing still
}

func (m moment) String() string {
	return fmt.Sprintf("%s, number %d, after %v", m.name, m.nth, m.linger)
}

// enough is how many attempts are to be alive at most of the kills.
const enough = 3

// moments are all that the far end sees of a call.
var moments = []moment{
	{name: "INVITE", hit: func(e people.Entry) bool { return e.Kind == people.KindInvite && e.Repeat == people.First }},
	{name: "INVITE with credentials", hit: func(e people.Entry) bool { return e.Repeat == people.Credentialed }},
	{name: "407 is due", hit: ofKind(people.KindChallenged)},
	{name: "180 is due", hit: ofKind(people.KindRinging)},
	{name: "200 is due", hit: ofKind(people.KindAnswered)},
	{name: "ACK", hit: ofKind(people.KindAck)},
	{name: "first question begins", hit: onPrompt(people.KindHearing, "first")},
	{name: "first question heard", hit: onPrompt(people.KindHeard, "first")},
	{name: "first key goes down", hit: onPrompt(people.KindPress, "first")},
	{name: "an end packet of the first key", hit: onPrompt(people.KindRelease, "first")},
	{name: "the last packet of the first key", hit: onPrompt(people.KindKey, "first")},
	{name: "second question begins", hit: onPrompt(people.KindHearing, "second")},
	{name: "second question heard", hit: onPrompt(people.KindHeard, "second")},
	{name: "second key goes down", hit: onPrompt(people.KindPress, "second")},
	{name: "the last packet of the second key", hit: onPrompt(people.KindKey, "second")},
	{name: "thanks", hit: onPrompt(people.KindHearing, "thanks")},
	{name: "BYE of the service", hit: bySide(people.KindBye, people.Service)},
	{name: "BYE of a person", rare: true, hit: bySide(people.KindBye, people.Person)},
	{name: "CANCEL", rare: true, hit: ofKind(people.KindCancel)},
	{name: "refusal is due", rare: true, hit: bySide(people.KindRefused, people.Person)},
}

// cleanUp is a moment while a service ends what the one before it left.
var cleanUp = moment{name: "cleaning up", few: true, hit: func(e people.Entry) bool {
	return e.Kind == people.KindCancel || e.Kind == people.KindBye && e.By == people.Service
}}

func ofKind(k people.Kind) func(people.Entry) bool {
	return func(e people.Entry) bool { return e.Kind == k }
}

func onPrompt(k people.Kind, label string) func(people.Entry) bool {
	return func(e people.Entry) bool { return e.Kind == k && e.Label == label }
}

func bySide(k people.Kind, side people.Side) func(people.Entry) bool {
	return func(e people.Entry) bool { return e.Kind == k && e.By == side }
}

// drawMoments draws the moments of a number of kills: each in turn, and every fifth
// while the service cleans up.
func drawMoments(seed uint64, kills int) []moment {
	dice := rand.New(rand.NewPCG(seed, 0xdead))
	order := dice.Perm(len(moments))
	lingers := []time.Duration{0, 0, 0, time.Millisecond, 4 * time.Millisecond, 12 * time.Millisecond, 40 * time.Millisecond}
	var list []moment
	for i := range kills {
		m := moments[order[i%len(order)]]
		if i%5 == 4 {
			m = cleanUp
		}
		m.nth = 1 + dice.IntN(4)
		if m.rare {
			m.nth = 1 + dice.IntN(2)
		}
		m.linger = lingers[dice.IntN(len(lingers))]
		list = append(list, m)
	}
	return list
}

// kill is one kill as the far end saw it.
type kill struct {
	n      int // 1, 2, 3, ...
	moment moment
	entry  people.Entry   // that it was at
	at     time.Time      // when the process was gone
	alive  map[int]strand // by leg
	rows   ledger         // as the dead process left them
}

func (k kill) String() string {
	return fmt.Sprintf("kill %d at %s (%s; %d alive; diary entry %d)",
		k.n, k.at.Format("15:04:05.000"), k.moment, len(k.alive), k.entry.Seq)
}

// hunter kills services at moments that the people's diary tells.
type hunter struct {
	shot chan kill // gets one for each kill

	mu    sync.Mutex
	alive map[int]strand // by leg
	prey  *victim        // nil: none is hunted
	aim   moment
	left  int // of the aimed entries
	kills int
}

func newHunter() *hunter {
	return &hunter{shot: make(chan kill, 1), alive: make(map[int]strand)}
}

// hunt sets out to kill a service at a moment.
func (h *hunter) hunt(v *victim, m moment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.prey, h.aim, h.left = v, m, m.nth
}

// retarget kills at the next entry of any kind, with at least so many alive.
func (h *hunter) retarget(few bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.aim.name += ", which did not come; at any entry"
	h.aim.hit = func(people.Entry) bool { return true }
	h.aim.few, h.left = few, 1
}

// living are the calls that are alive: nobody goes on with one whose INVITE was
// challenged by a process that has died since. h.mu is held.
func (h *hunter) living() map[int]strand {
	all := maps.Clone(h.alive)
	maps.DeleteFunc(all, func(_ int, s strand) bool { return s.phase == challenged && s.after < h.kills })
	return all
}

// see is told of each entry before anything follows from it.
func (h *hunter) see(e people.Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.track(e)
	if h.prey == nil || !h.aim.hit(e) {
		return
	}
	alive := h.living()
	if !h.aim.few && len(alive) < enough {
		return
	}
	if h.left--; h.left > 0 {
		return
	}
	if h.aim.linger > 0 {
		<-time.After(h.aim.linger)
	}
	h.prey.kill()
	h.kills++
	h.prey = nil
	h.shot <- kill{n: h.kills, moment: h.aim, entry: e, at: time.Now(), alive: alive}
}

// track keeps what is alive.
func (h *hunter) track(e people.Entry) {
	s := h.alive[e.Leg]
	switch e.Kind {
	case people.KindInvite:
		switch e.Repeat {
		case people.First:
			s = strand{who: e.Who, after: h.kills}
		case people.Credentialed:
			s.phase = invited
		default:
			return
		}
	case people.KindChallenged:
		s.phase = challenged
	case people.KindRinging:
		s.phase = ringing
	case people.KindAnswered:
		s.phase = answered
	case people.KindEnded:
		delete(h.alive, e.Leg)
		return
	default:
		return
	}
	h.alive[e.Leg] = s
}
