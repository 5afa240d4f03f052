package sip

import "careline/sip/session"

// Stats are the figures of a Driver since its start.
type Stats struct {
	Calls    int    // up now
	Sent     uint64 // packets of sound, of calls that are up and calls that are over
	Received uint64
	Late     uint64 // of those sent, more than 30 ms after their time
	Lost     uint64 // of those that should have been received
	Dropped  int64  // packets of SIP that were turned away unread
	Panics   int64  // of handlers of SIP; each cost no more than its request
	Refused  int64  // calls that came in while too many others did
	Turned   int64  // calls from where a leg was expected that were none of those
	Untold   int64  // calls whose messages were not stored, as the database was behind
}

func statsOf(s session.Stats) Stats {
	return Stats{Sent: s.Sent, Received: s.Received, Late: s.Late, Lost: s.Lost}
}

func (s Stats) plus(o Stats) Stats {
	s.Sent += o.Sent
	s.Received += o.Received
	s.Late += o.Late
	s.Lost += o.Lost
	return s
}

// Stats are the figures so far.
func (d *Driver) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	sum := d.past
	for l := range d.lines {
		sum = sum.plus(statsOf(l.sess.Stats()))
	}
	end := d.end.Stats()
	sum.Dropped, sum.Refused, sum.Panics = end.Dropped, end.Overloads, end.Panics
	sum.Calls, sum.Untold, sum.Turned = len(d.lines), d.sight.untold(), d.guard.guests.turned.Load()
	return sum
}
