package people

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"careline/audio"
)

// manner is how one call is taken: all that chance decides about it beforehand.
type manner struct {
	dice
	persona  Persona
	refuse   int           // the final response, instead of an answer
	quiet    bool          // does not ring before refusing
	forever  bool          // rings until CANCEL
	ring     time.Duration // before answering or refusing
	early    bool          // the ringing is sent as sound (183)
	listen   time.Duration // ends the call so long after answering; 0 does not
	talk     time.Duration // with whoever is heard, from their first sound; 0 leaves the end to them
	longest  time.Duration // of the whole call
	patience time.Duration
	think    [2]time.Duration
	language string
	keys     map[string]string   // by label, over the book's choices
	turns    map[string][]string // likewise, by how often it was heard
	codecs   []audio.Codec       // most wanted first
	events   uint8               // the payload type that this phone gives telephone-event
	burst    bool                // sends the three end packets of a key at once
	greets   time.Duration       // speaks first, so long, on answering
	talks    bool                // talks from the answer on, as an agent does
	record   bool
}

// answering are the personas that answer, in the order of Persona's list.
func answering() []Persona {
	return []Persona{Complies, HangsUp, Silent, BargesIn, PressesBad, WantsAgent, OptsOut}
}

// callee is how the person behind a number takes the attempt-th call to it.
func (o *Options) callee(s Subscriber, attempt int) manner {
	d := dice{seed: o.Seed, number: s.Number, attempt: strconv.Itoa(attempt)}
	m := o.person(d, s)
	m.persona = o.persona(d, s, attempt)
	b := o.Behaviour
	m.early = d.chance("early media", b.EarlyMedia)
	m.ring = d.between("ring", b.RingMin, b.RingMax)
	switch m.persona {
	case Nonexistent:
		m.refuse, m.quiet, m.ring = 404, true, min(m.ring, d.between("lookup", 50*time.Millisecond, 300*time.Millisecond))
	case Busy:
		m.refuse, m.quiet, m.ring = 486, true, min(m.ring, d.between("busy", 200*time.Millisecond, 900*time.Millisecond))
	case Unavailable:
		m.refuse, m.quiet, m.ring = 480, true, min(m.ring, d.between("paging", 500*time.Millisecond, 2*time.Second))
	case Refuses:
		m.refuse, m.ring = 603, min(m.ring, d.between("refuse", time.Second, 3*time.Second))
	case NoAnswer:
		m.refuse, m.forever, m.ring = 480, true, 90*time.Second // then the carrier gives up
	case HangsUp:
		m.listen = d.between("listen", b.ListenMin, b.ListenMax)
	case Complies, Silent, BargesIn, PressesBad, WantsAgent, OptsOut:
	}
	return m
}

// caller is how a subscriber behaves who calls the service for the n-th time.
func (o *Options) caller(s Subscriber, n int, sc Script) manner {
	d := dice{seed: o.Seed, number: s.Number, attempt: "in " + strconv.Itoa(n)}
	m := o.person(d, s)
	if m.persona = sc.Persona; m.persona == "" {
		mix := maps.Clone(o.Behaviour.Mix)
		maps.DeleteFunc(mix, func(p Persona, _ float64) bool { return !slices.Contains(answering(), p) })
		m.persona = drawn(d, mix)
	}
	if m.persona == HangsUp {
		m.listen = d.between("listen", o.Behaviour.ListenMin, o.Behaviour.ListenMax)
	}
	m.keys, m.turns, m.record = sc.Keys, sc.Turns, sc.Record
	if sc.Talk != 0 {
		m.talk = max(sc.Talk, 0)
	}
	if sc.Longest != 0 {
		m.longest = sc.Longest
	}
	if len(sc.Codecs) > 0 {
		m.codecs = codecs(sc.Codecs)
	}
	return m
}

// person is what both have in common.
func (o *Options) person(d dice, s Subscriber) manner {
	b := o.Behaviour
	m := manner{
		dice: d, language: s.Language,
		talk: d.between("talk", b.TalkMin, b.TalkMax), longest: b.LongestCall, patience: b.Patience,
		think: [2]time.Duration{b.ThinkMin, b.ThinkMax},
		burst: d.chance("end packets at once", 0.5),
	}
	set := dice{seed: o.Seed, number: s.Number} // the set belongs to the number
	m.codecs = codecs(s.Codecs)
	if len(m.codecs) == 0 {
		m.codecs = drawnCodecs(set, b.OneCodec)
	}
	m.events, _ = pick(set, "event type", map[uint8]float64{101: 60, 97: 15, 96: 15, 106: 10})
	m.greets = s.Greets
	m.record = o.RecordDir != "" && o.Record != nil && o.Record(s.Number)
	return m
}

// persona is drawn: first what the number is, then how this attempt finds it.
func (o *Options) persona(d dice, s Subscriber, attempt int) Persona {
	if n := len(s.Personas); n > 0 {
		return s.Personas[min(attempt, n)-1]
	}
	mix, total := maps.Clone(o.Behaviour.Mix), 0.0
	for _, w := range mix {
		total += w
	}
	if (dice{seed: o.Seed, number: s.Number}).chance("nonexistent", mix[Nonexistent]/max(total, 1e-9)) {
		return Nonexistent
	}
	delete(mix, Nonexistent)
	return drawn(d, mix)
}

// drawn is a persona by its weight; Complies if nothing has one.
func drawn(d dice, mix map[Persona]float64) Persona {
	if p, ok := pick(d, "persona", mix); ok {
		return p
	}
	return Complies
}

// codecs are those of the names that are G.711.
func codecs(names []string) []audio.Codec {
	var out []audio.Codec
	for _, name := range names {
		if c, err := audio.ParseCodec(name); err == nil {
			out = append(out, c)
		}
	}
	return out
}

func drawnCodecs(d dice, one float64) []audio.Codec {
	list := []audio.Codec{audio.PCMA, audio.PCMU}
	if d.chance("first codec", 0.5) {
		slices.Reverse(list)
	}
	if d.chance("one codec", one) {
		return list[:1]
	}
	return list
}
