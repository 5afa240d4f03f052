package people

import (
	"time"

	"careline/audio"
)

// tired is how often a person answers the same prompt on one call; next time
// they hang up, unless a script says what to do so often.
const tired = 3

// notice takes in what was noticed in a packet.
func (l *leg) notice(n notice) {
	if l.phase == over || l.phase == challenged {
		return
	}
	for _, s := range n.soundings {
		at := n.at
		if old := n.head - s.end; s.kind == KindHeard && old > audio.FrameSamples {
			at = at.Add(-audio.Duration(old))
		}
		l.heard(s, at)
	}
	if n.voice != "" {
		l.meet(n.voice, n.at)
	}
}

// heard reacts to a prompt.
func (l *leg) heard(s sounding, at time.Time) {
	e := Entry{
		At: at, Kind: s.kind, Label: s.prompt.Label, Note: s.why,
		Start: at.Add(-audio.Duration(s.end - s.start)),
	}
	if s.kind == KindHeard {
		l.times[s.prompt.Label]++
		l.change(func(r *record) { r.leg.Heard = append(r.leg.Heard, s.prompt.Label) })
	}
	e.Times = l.times[s.prompt.Label]
	l.write(e)
	if l.phase != up || l.m.talks {
		return
	}
	if s.kind == KindHearing {
		l.hasty = l.m.persona == BargesIn && l.decide(s, at, 200*time.Millisecond, 500*time.Millisecond)
		return
	}
	if s.kind == KindHeard && !l.hasty {
		l.decide(s, at, l.m.think[0], l.m.think[1])
	}
	l.hasty = false
}

// decide chooses what to do about a prompt and when; false if nothing.
func (l *leg) decide(s sounding, at time.Time, soonest, latest time.Duration) bool {
	l.last = s
	l.asked[s.prompt.Label]++
	times := l.asked[s.prompt.Label]
	what := l.m.choose(s.prompt, times, l.bad)
	if what == Nothing {
		return false
	}
	if times > max(tired, len(l.m.turns[s.prompt.Label])) {
		what = HangUp
	}
	due := at.Add(l.m.between("think "+s.prompt.Label, soonest, latest))
	if what == HangUp {
		l.hangSoon(due, "heard all")
		return true
	}
	l.bad = l.bad || l.m.badly(s.prompt, what)
	l.pressAt, l.keys = due, what
	return true
}

// press presses keys one after another.
func (l *leg) press(keys string) {
	if l.media.events < 0 {
		l.n.o.Log.Warn("keys not sent, as the service takes no telephone-event", "leg", l.rec.leg.Leg)
		return
	}
	for _, k := range []byte(keys) {
		code, ok := eventOf(k)
		if !ok {
			continue
		}
		p := l.rec.press(string(k), l.last.prompt.Label, l.times[l.last.prompt.Label])
		l.media.keys = append(l.media.keys, &stroke{
			key:   code,
			begun: func(now time.Time) { l.change(func(r *record) { p.Start = now; r.presses = append(r.presses, p) }) },
			sent:  func(now time.Time, what Kind) { l.noteKey(what, p, now) },
			done:  func(now time.Time) { l.pressed(p, now) },
		})
	}
}

// pressed notes a key whose last end packet has left.
func (l *leg) pressed(p *Press, now time.Time) {
	l.change(func(r *record) { p.End = now; r.leg.Keys += p.Key })
	l.noteKey(KindKey, p, now)
}

func (l *leg) noteKey(what Kind, p *Press, now time.Time) {
	l.write(Entry{At: now, Kind: what, Key: p.Key, Label: p.Label, Times: p.Times, Start: p.Start})
}

// meet notes someone who is heard for the first time.
func (l *leg) meet(name string, at time.Time) {
	v := l.media.rx.voice(name)
	l.change(func(r *record) { r.leg.Voices = append(r.leg.Voices, v) })
	l.write(Entry{At: at, Kind: KindVoice, Voice: name})
}

// listenOn talks while someone is heard, and no longer. Who fell silent has
// left: then the person stays for what comes next.
func (l *leg) listenOn(now time.Time) {
	if l.m.talks {
		return
	}
	heard := l.media.rx.lastVoice()
	present := !heard.IsZero() && now.Sub(heard) < voiceSilence
	switch {
	case present:
		l.talk()
		if l.m.talk > 0 && l.talkUntil.IsZero() {
			l.talkUntil = now.Add(l.m.talk)
		}
	case l.talking && !now.Before(l.greetUntil):
		l.talking, l.talkUntil = false, time.Time{}
		l.media.say(nil)
	}
}

// talk begins to speak in a voice of one's own.
func (l *leg) talk() {
	if l.talking {
		return
	}
	if l.voice == noVoice {
		l.voice = l.n.cast.give(l.rec.leg.Who)
	}
	l.talking = true
	l.media.say(l.voice.pcm())
}
