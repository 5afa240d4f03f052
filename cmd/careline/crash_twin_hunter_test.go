package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	twin "careline/sim/twilio"
)

// What is seen beside the twin's diary.
const (
	postDue  = "post due"  // a call is asked for, and the twin has not heard of it
	postDone = "post done" // it has, and the service has not heard that
	inFlight = "in flight" // a webhook is sent, and not answered
)

// sight is what can be seen of a call from outside of the service.
type sight struct {
	kind string // one of the above, or that of an entry of the diary
	url  string
	call string // sid
}

// twinMoment is when a service is killed: at the nth sight that hit accepts.
type twinMoment struct {
	name   string
	hit    func(sight) bool
	nth    int
	few    bool          // with fewer than three calls alive too
	linger time.Duration // passes first
}

func (m twinMoment) String() string {
	return fmt.Sprintf("%s, number %d, after %v", m.name, m.nth, m.linger)
}

func seen(kind string) func(sight) bool {
	return func(s sight) bool { return s.kind == kind }
}

func seenAt(kind, part string) func(sight) bool {
	return func(s sight) bool { return s.kind == kind && strings.Contains(s.url, part) }
}

// twinMoments are those of a call's life.
var twinMoments = []twinMoment{
	{name: "before the POST arrives", hit: seen(postDue)},
	{name: "after the POST, before its answer", hit: seen(postDone)},
	{name: "dialed", hit: seen(string(twin.KindDialed))},
	{name: "ringing", hit: seen(string(twin.KindRinging))},
	{name: "answered", hit: seen(string(twin.KindAnswered))},
	{name: "refused", hit: seen(string(twin.KindRefused))},
	{name: "first document in flight", hit: seenAt(inFlight, "/answer")},
	{name: "first document", hit: seenAt(string(twin.KindDocument), "/answer")},
	{name: "keys pressed", hit: seen(string(twin.KindPressed))},
	{name: "keys in flight", hit: seenAt(inFlight, "/steps/")},
	{name: "next document", hit: seenAt(string(twin.KindDocument), "/steps/")},
	{name: "keys taken", hit: seen(string(twin.KindDelivered))},
	{name: "status in flight", hit: seenAt(inFlight, "/status")},
	{name: "status taken", hit: seen(string(twin.KindCallback))},
	{name: "ended", hit: seen(string(twin.KindEnded))},
}

// drawTwinMoments draws the moments of a number of kills, each in turn, and between
// them some at any sight.
func drawTwinMoments(seed uint64, kills int) []twinMoment {
	dice := rand.New(rand.NewPCG(seed, 0x1771))
	order := dice.Perm(len(twinMoments))
	lingers := []time.Duration{0, 0, 0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond}
	var list []twinMoment
	for i := range kills {
		m := twinMoments[order[i%len(order)]]
		m.nth = 1 + dice.IntN(4)
		if i%6 == 5 {
			m = twinMoment{name: "at random", hit: func(sight) bool { return true }, nth: 1 + dice.IntN(120)}
		}
		m.linger = lingers[dice.IntN(len(lingers))]
		list = append(list, m)
	}
	return list
}

// twinKill is one kill.
type twinKill struct {
	n      int
	moment twinMoment
	at     time.Time // when the process was gone
	alive  int       // calls at the twin
	rows   ledger    // as the dead process left them
}

func (k twinKill) String() string {
	return fmt.Sprintf("kill %d at %s (%s; %d alive)", k.n, k.at.Format("15:04:05.000"), k.moment, k.alive)
}

// twinHunter kills services at what can be seen of their calls.
type twinHunter struct {
	shot chan twinKill

	mu    sync.Mutex
	alive map[string]bool // calls, by sid
	prey  *victim         // nil: none is hunted
	aim   twinMoment
	left  int
	kills int
}

func newTwinHunter() *twinHunter {
	return &twinHunter{shot: make(chan twinKill, 1), alive: make(map[string]bool)}
}

// hunt sets out to kill a service at a moment.
func (h *twinHunter) hunt(v *victim, m twinMoment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.prey, h.aim, h.left = v, m, m.nth
}

// retarget kills at the next sight of any kind.
func (h *twinHunter) retarget(few bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.aim.name += ", which did not come; at any"
	h.aim.hit = func(sight) bool { return true }
	h.aim.few, h.left = few, 1
}

// see is told of each sight before anything follows from it, and says whether the
// service was killed at it.
func (h *twinHunter) see(s sight) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch s.kind {
	case string(twin.KindCreated):
		h.alive[s.call] = true
	case string(twin.KindEnded):
		delete(h.alive, s.call)
	}
	if h.prey == nil || !h.aim.hit(s) || !h.aim.few && len(h.alive) < enough {
		return false
	}
	if h.left--; h.left > 0 {
		return false
	}
	if h.aim.linger > 0 {
		<-time.After(h.aim.linger)
	}
	h.prey.kill()
	h.kills++
	h.prey = nil
	h.shot <- twinKill{n: h.kills, moment: h.aim, at: time.Now(), alive: len(h.alive)}
	return true
}
