package people

import (
	"errors"
	"fmt"
	"time"

	"careline/audio"
)

var errNoCodec = errors.New("no codec in common")

type phase int

const (
	challenged phase = iota // 407 was given
	ringing                 // they ring us
	calling                 // we ring them
	up
	over
)

// leg is one call of a person or phone, from its INVITE to its end. The loop
// owns it.
type leg struct {
	n     *Network
	st    *station
	rec   *record
	m     manner
	phase phase
	dialog

	invite     *serverTx // of a call that we received
	outgoing   *clientTx // of one that we placed
	authed     bool      // credentials were given once
	giveUp     bool      // CANCEL as soon as that is allowed
	cancelling bool
	media      *media
	offer      session // what they said last
	version    int     // of our description
	number     string  // whose line is taken; "" for phones
	nonce      string  // that we gave with 407

	ringUntil  time.Time
	answered   time.Time
	hangAt     time.Time // when the person will end it; zero: not decided
	hangNote   string
	talkUntil  time.Time // when enough was said to whoever is heard
	greetUntil time.Time // when the first words are over
	pressAt    time.Time // when keys will be pressed
	keys       string
	times      map[string]int // labels heard to their end
	asked      map[string]int // labels that were decided about
	last       sounding       // the prompt that was heard last, or is being barged into
	bad        bool           // a key that is not offered was pressed
	hasty      bool           // the running prompt was answered before its end
	voice      voice          // our own; noVoice until we talk
	talking    bool
	done       chan struct{} // closed when the leg is over
}

// begin makes a leg and its record.
func (n *Network) begin(st *station, m manner, about Leg) *leg {
	l := &leg{n: n, st: st, m: m, voice: noVoice, times: map[string]int{}, asked: map[string]int{}, done: make(chan struct{})}
	n.legs++
	about.Leg, about.Persona = n.legs, m.persona
	l.rec = n.records.open(about, st.who())
	st.legs[about.CallID] = l
	return l
}

// write writes an entry of this leg.
func (l *leg) write(e Entry) {
	about := &l.rec.leg
	e.Who, e.Leg, e.Attempt, e.Persona = about.Who, about.Leg, about.Attempt, about.Persona
	e.CallID, e.From, e.To = about.CallID, about.From, about.To
	l.n.diary.Write(e)
}

// change changes the leg's record.
func (l *leg) change(f func(r *record)) { l.n.records.change(func() { f(l.rec) }) }

// tick does what is due.
func (l *leg) tick(now time.Time) {
	switch l.phase {
	case ringing:
		if !l.ringUntil.IsZero() && !now.Before(l.ringUntil) {
			l.ringUntil = time.Time{}
			l.pickUp(now)
		}
	case up:
		l.live(now)
	case challenged:
		if !l.ringUntil.IsZero() && now.After(l.ringUntil) {
			l.end(now, "no credentials came")
		}
	case calling:
		l.waitForAnswer(now)
	case over:
	}
	if l.media != nil && l.phase != over {
		l.media.tick(l.n.frame, now)
	}
}

// live is what a person or phone does on the line.
func (l *leg) live(now time.Time) {
	l.media.rx.quiet(now)
	l.listenOn(now)
	if !l.pressAt.IsZero() && !now.Before(l.pressAt) {
		keys := l.keys
		l.pressAt, l.keys = time.Time{}, ""
		l.press(keys)
	}
	switch {
	case !l.hangAt.IsZero() && !now.Before(l.hangAt):
		l.hangUp(now, l.hangNote)
	case !l.talkUntil.IsZero() && !now.Before(l.talkUntil):
		l.hangUp(now, "said enough")
	case now.Sub(l.answered) > l.m.longest:
		l.hangUp(now, "longest call")
	case l.m.patience > 0 && now.Sub(l.lastHeard()) > l.m.patience:
		l.write(Entry{At: now, Kind: KindSilence, Note: fmt.Sprintf("no packet for %v", l.m.patience)})
		l.hangUp(now, "silence")
	}
}

// lastHeard is when the last packet came, at least the answer.
func (l *leg) lastHeard() time.Time {
	if at := l.media.rx.lastPacket(); at.After(l.answered) {
		return at
	}
	return l.answered
}

// hangSoon ends the call at a time, unless it ends before.
func (l *leg) hangSoon(at time.Time, note string) {
	if l.hangAt.IsZero() || at.Before(l.hangAt) {
		l.hangAt, l.hangNote = at, note
	}
}

// openMedia opens the leg's socket for sound and begins to listen.
func (l *leg) openMedia() error {
	sock, err := listen(l.st.sock.addr.Addr().String() + ":0")
	if err != nil {
		return err
	}
	var rec *recording
	if l.m.record && l.n.o.RecordDir != "" {
		rec = &recording{from: time.Now()}
	}
	rx := newReception(l.n.lib.newEar(), &l.n.cast, rec, func(n notice) { l.n.post(func() { l.notice(n) }) })
	l.media = newMedia(sock, rx, rec)
	l.media.burst = l.m.burst
	l.change(func(r *record) { r.media = l.media })
	l.n.readers.Go(func() { rx.read(sock) })
	return nil
}

// connect begins to send what the other side's description says.
func (l *leg) connect(s session, codec audio.Codec) {
	l.offer = s
	l.media.start(s, codec)
	l.change(func(r *record) { r.leg.Codec = codec.String() })
}

// rise is the moment at which the call is up.
func (l *leg) rise(now time.Time) {
	l.phase, l.answered = up, now
	l.change(func(r *record) { r.leg.Answered, r.leg.Status = now, 200 })
	if l.m.listen > 0 {
		l.hangSoon(now.Add(l.m.listen), "heard enough")
	}
	l.media.say(nil)
	if l.m.greets > 0 {
		l.greetUntil = now.Add(l.m.greets)
		l.talk()
	}
	if l.m.talks {
		l.talk()
		if l.m.talk > 0 {
			l.talkUntil = now.Add(l.m.talk)
		}
	}
}

// end closes the leg. Nothing is sent.
func (l *leg) end(now time.Time, note string) {
	if l.phase == over {
		return
	}
	l.phase = over
	if l.media != nil {
		l.media.sock.close()
	}
	l.change(func(r *record) { r.close(now) })
	if l.media != nil && l.media.rec != nil {
		l.keep()
	}
	l.write(Entry{At: now, Kind: KindEnded, Note: note})
	delete(l.st.legs, l.rec.leg.CallID)
	if l.number != "" && l.n.online[l.number] == l {
		delete(l.n.online, l.number)
	}
	l.n.cast.take(l.voice)
	close(l.done)
}

// keep writes the leg's recording.
func (l *leg) keep() {
	name := fmt.Sprintf("%04d-%s", l.rec.leg.Leg, l.rec.leg.Who)
	l.media.rx.mu.Lock()
	sent, heard, err := l.media.rec.write(l.n.o.RecordDir, name)
	l.media.rx.mu.Unlock()
	if err != nil {
		l.n.o.Log.Error("recording not written", "leg", l.rec.leg.Leg, "err", err)
		return
	}
	l.change(func(r *record) { r.leg.SentFile, r.leg.HeardFile = sent, heard })
}
