package rtp

// KeyReceiver reports each key of a stream once, however many of its packets
// arrive, in whatever order. The zero value is ready to use.
//
// A key is known by its source, its timestamp and its event: the same event
// with another timestamp is a second press. It is reported with its first
// packet, so that the loss of all its end packets does no harm.
type KeyReceiver struct {
	recent [8]press // the latest presses, the oldest overwritten first
	next   int
}

// press is a key that was reported.
type press struct {
	ssrc, timestamp uint32
	event           uint8
	seen, ended     bool
}

// segment is how much time one timestamp can carry; a key held longer goes on
// in another segment, whose timestamp is so much later (RFC 4733 section
// 2.5.1.3).
const segment = 0xffff

// Receive takes the event of one packet with the header h, and returns the key
// when it is a new press.
func (r *KeyReceiver) Receive(h *Header, e KeyEvent) (key byte, pressed bool) {
	key, ok := e.Key()
	if !ok || e.Duration == 0 {
		return 0, false
	}
	if p := r.find(h.SSRC, h.Timestamp, e.Event); p != nil {
		p.ended = p.ended || e.End
		return 0, false
	}
	before := r.find(h.SSRC, h.Timestamp-segment, e.Event)
	r.remember(press{ssrc: h.SSRC, timestamp: h.Timestamp, event: e.Event, seen: true, ended: e.End})
	if before != nil && !before.ended {
		return 0, false // held on: a further segment of the same press
	}
	return key, true
}

func (r *KeyReceiver) find(ssrc, timestamp uint32, event uint8) *press {
	for i := range r.recent {
		p := &r.recent[i]
		if p.seen && p.timestamp == timestamp && p.event == event && p.ssrc == ssrc {
			return p
		}
	}
	return nil
}

func (r *KeyReceiver) remember(p press) {
	r.recent[r.next] = p
	r.next = (r.next + 1) % len(r.recent)
}
