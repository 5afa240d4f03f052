package trace

import "time"

// Timers are when a call's stages passed; the zero time for one that did not.
type Timers struct {
	Invite  time.Time // the first
	Trying  time.Time // 100
	Ringing time.Time // the first of 180 to 189
	Final   time.Time // the final response to an INVITE: the first 2xx, else the latest refusal
	Ack     time.Time // of a 2xx
	Bye     time.Time
	Over    time.Time // the response to BYE
	Cancel  time.Time
}

// Timers reads when the stages of a call passed.
func (l Log) Timers() Timers {
	var t Timers
	answered := false
	for _, m := range l.Messages {
		status := m.Status()
		if status == 0 {
			t.request(m, answered)
			continue
		}
		switch on := m.Method(); {
		case on == "BYE" && status >= 200:
			note(&t.Over, m.At)
		case on != "INVITE":
		case status == 100:
			note(&t.Trying, m.At)
		case status >= 180 && status < 190:
			note(&t.Ringing, m.At)
		case status >= 200 && !answered:
			t.Final, answered = m.At, status < 300
		}
	}
	return t
}

func (t *Timers) request(m Message, answered bool) {
	switch m.Method() {
	case "INVITE":
		note(&t.Invite, m.At)
	case "ACK":
		if answered {
			note(&t.Ack, m.At)
		}
	case "BYE":
		note(&t.Bye, m.At)
	case "CANCEL":
		note(&t.Cancel, m.At)
	}
}

// note keeps the first time.
func note(to *time.Time, at time.Time) {
	if to.IsZero() {
		*to = at
	}
}

// Status is the final status of an INVITE: that of the first 2xx, else of the
// latest refusal; 0 without one.
func (l Log) Status() int {
	last := 0
	for _, m := range l.Messages {
		status := m.Status()
		if status < 200 || m.Method() != "INVITE" {
			continue
		}
		if last = status; status < 300 {
			break
		}
	}
	return last
}

// Reason returns the Reason header of the request that ended the call, with
// whether it was ours: that of a BYE or CANCEL, else of the final response.
func (l Log) Reason() (value string, ours bool) {
	for _, m := range l.Messages {
		ends := m.Method() == "BYE" || m.Method() == "CANCEL" || m.Method() == "INVITE" && m.Status() >= 300
		if !ends {
			continue
		}
		if v := m.Header("Reason"); v != "" {
			value, ours = v, m.Sent
		}
	}
	return value, ours
}
