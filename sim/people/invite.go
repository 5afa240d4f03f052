package people

import (
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/audio"
)

// invited takes an INVITE that is no retransmission.
func (st *station) invited(r *sipmsg.Request, tx *serverTx, at time.Time) {
	l := st.legs[r.CallID().Value()]
	switch {
	case l != nil && r.To().Params.Has("tag"):
		st.reinvited(l, r, tx, at)
	case l != nil && l.phase == challenged && r.GetHeader("Proxy-Authorization") != nil:
		l.arrived(r, Credentialed, at)
		l.change(func(rec *record) { rec.invite.Credentialed++ })
		l.invite = tx
		l.admit(at)
	case l != nil || r.To().Params.Has("tag") || st.n.records.find(st.who(), r.CallID().Value()) != nil:
		st.outOfPlace(r, tx, at)
	default:
		st.rung(r, tx, at)
	}
}

// rung begins a leg for a new Call-ID: somebody's telephone rings.
func (st *station) rung(r *sipmsg.Request, tx *serverTx, at time.Time) {
	about := Leg{
		Who: st.who(), CallID: r.CallID().Value(), Began: at,
		From: r.From().Address.User, FromName: r.From().DisplayName, To: r.Recipient.User,
	}
	var m manner
	if st.phone != nil {
		about.Attempt = st.phone.rung()
		m = st.phone.manner()
	} else {
		about.Who = r.Recipient.User
		about.Attempt = st.n.ring(about.Who)
		m = st.n.o.callee(st.n.subscriber(about.Who), about.Attempt)
	}
	l := st.n.begin(st, m, about)
	l.invite = tx
	l.phase = challenged
	l.change(func(rec *record) { rec.invite = &Invite{}; rec.phone = st.phone != nil })
	l.arrived(r, First, at)
	l.admit(at)
}

// arrived writes that an INVITE came.
func (l *leg) arrived(r *sipmsg.Request, why Repeat, at time.Time) {
	branch, _ := r.Via().Params.Get("branch")
	l.write(Entry{
		At: at, Kind: KindInvite, Branch: branch, CSeq: r.CSeq().SeqNo, Repeat: why,
		FromName: r.From().DisplayName,
	})
}

// repeated counts a retransmission.
func (st *station) repeated(r *sipmsg.Request, at time.Time) {
	l := st.legs[r.CallID().Value()]
	rec := st.n.records.find(st.who(), r.CallID().Value())
	if rec == nil || rec.invite == nil || r.To().Params.Has("tag") {
		return
	}
	st.n.records.change(func() { rec.invite.Retransmissions++ })
	if l != nil {
		l.arrived(r, Retransmission, at)
	}
}

// outOfPlace refuses an INVITE of a call that is over, and another one for a
// Call-ID that had its own.
func (st *station) outOfPlace(r *sipmsg.Request, tx *serverTx, at time.Time) {
	rec := st.n.records.find(st.who(), r.CallID().Value())
	if rec == nil || rec.invite == nil || r.To().Params.Has("tag") {
		st.stray(r, at)
		tx.respond(st, 481, nil)
		return
	}
	branch, _ := r.Via().Params.Get("branch")
	st.n.records.change(func() { rec.invite.Duplicates++ })
	st.n.diary.Write(Entry{
		At: at, Kind: KindInvite, Who: rec.leg.Who, Leg: rec.leg.Leg, Attempt: rec.leg.Attempt, CallID: rec.leg.CallID,
		From: r.From().Address.User, To: r.Recipient.User, Branch: branch, CSeq: r.CSeq().SeqNo, Repeat: Duplicate,
	})
	tx.respond(st, 482, nil)
}

// admit asks for credentials if it must, and lets it ring.
func (l *leg) admit(at time.Time) {
	if l.st.phone == nil && l.n.o.Challenge != nil && !l.credentialsGood() {
		l.challenge(at)
		return
	}
	l.phase = ringing
	l.receivedFrom(l.invite.req, l.invite.tag, l.invite.to)
	l.invite.respond(l.st, 100, nil)
	if l.taken() {
		l.refuse(486, Person, at)
		return
	}
	if err := l.read(l.invite.req.Body()); err != nil && l.m.refuse == 0 {
		l.n.o.Log.Warn("call refused", "leg", l.rec.leg.Leg, "err", err)
		l.refuse(488, Person, at)
		return
	}
	l.ringUntil = at.Add(l.m.ring)
	if !l.m.quiet {
		l.ringBack(at)
	}
}

// taken says whether the line is in use, and takes it if it is not.
func (l *leg) taken() bool {
	if l.st.phone != nil {
		return len(l.st.legs) > 1
	}
	l.number = l.rec.leg.Who
	if other := l.n.online[l.number]; other != nil && other != l {
		l.number = ""
		return true
	}
	l.n.online[l.number] = l
	return false
}

// read takes the description of their INVITE. Without one we shall offer.
func (l *leg) read(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	s, err := parseSession(body)
	if err != nil {
		return err
	}
	if _, ok := s.common(l.m.codecs); !ok {
		return errNoCodec
	}
	l.offer = s
	return nil
}

// ringBack says that it rings, to some as a tone.
func (l *leg) ringBack(at time.Time) {
	status, body := 180, []byte(nil)
	if l.m.early && len(l.invite.req.Body()) > 0 && l.openMedia() == nil {
		codec, _ := l.offer.common(l.m.codecs)
		l.connect(l.offer, codec)
		l.media.say(ringTone())
		status, body = 183, l.describe("sendrecv")
	}
	l.change(func(r *record) { r.invite.Rang = true })
	l.write(Entry{At: at, Kind: KindRinging, Status: status})
	l.invite.respond(l.st, status, body, l.st.contact(l.rec.leg.To))
}

// ringTone is China's: 450 Hz, 1 s on and 4 s off.
func ringTone() []int16 {
	tone := audio.Tone{Hz: []float64{450}, Level: -20}.PCM(time.Second)
	return append(tone, make([]int16, 4*audio.Rate)...)
}

// pickUp answers, or refuses after having rung.
func (l *leg) pickUp(now time.Time) {
	if l.m.refuse > 0 {
		l.refuse(l.m.refuse, Person, now)
		return
	}
	if l.media == nil {
		if err := l.openMedia(); err != nil {
			l.n.o.Log.Error("no socket for sound", "err", err)
			l.refuse(500, Person, now)
			return
		}
		if codec, ok := l.offer.common(l.m.codecs); ok {
			l.connect(l.offer, codec)
		}
	}
	l.rise(now)
	l.change(func(r *record) { r.invite.Answered, r.invite.Status = now, 200 })
	l.write(Entry{At: now, Kind: KindAnswered, By: Person, Status: 200})
	l.invite.onLost = func() {
		l.write(Entry{At: time.Now(), Kind: KindLost, Note: "no ACK"})
		l.hangUp(time.Now(), "no ACK")
	}
	l.invite.respond(l.st, 200, l.describe(l.direction()), l.st.contact(l.rec.leg.To))
}

// refuse gives the final response that ends the ringing.
func (l *leg) refuse(status int, by Side, at time.Time) {
	l.change(func(r *record) { r.leg.Status, r.invite.Status = status, status })
	l.write(Entry{At: at, Kind: KindRefused, Status: status, By: by})
	l.invite.respond(l.st, status, nil)
	l.end(at, reason(status))
}

// describe is our description: the codec that was agreed, or all.
func (l *leg) describe(direction string) []byte {
	l.version++
	list := l.m.codecs
	if codec, ok := l.offer.common(l.m.codecs); ok {
		list = []audio.Codec{codec}
	}
	events := l.m.events
	if l.offer.codecs != nil && l.offer.events < 0 {
		events = 0
	}
	return describe(l.media.sock.addr, l.version, list, events, direction)
}

func (l *leg) direction() string {
	if l.offer.hold {
		return "recvonly"
	}
	return "sendrecv"
}

// reinvited follows a change of the running call.
func (st *station) reinvited(l *leg, r *sipmsg.Request, tx *serverTx, at time.Time) {
	if l.phase != up || st.find(r) == nil {
		tx.respond(st, 481, nil)
		return
	}
	branch, _ := r.Via().Params.Get("branch")
	l.write(Entry{At: at, Kind: KindReinvite, Branch: branch, CSeq: r.CSeq().SeqNo})
	l.invite = tx
	l.changed(r, tx)
}

// changed takes a new description and answers it.
func (l *leg) changed(r *sipmsg.Request, tx *serverTx) {
	l.learnTarget(r.Contact(), l.target)
	if err := l.read(r.Body()); err != nil {
		tx.respond(l.st, 488, nil)
		return
	}
	if codec, ok := l.offer.common(l.m.codecs); ok && len(r.Body()) > 0 {
		l.connect(l.offer, codec)
	}
	tx.respond(l.st, 200, l.describe(l.direction()), l.st.contact(l.rec.leg.To))
}
