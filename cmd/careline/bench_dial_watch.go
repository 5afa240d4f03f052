package main

import (
	"sync"
	"time"

	"careline/campaigns"
	"careline/dialer"
)

// dialSays is what the measured process has noted of its attempts.
type dialSays struct {
	Begun    int      `json:"begun"`
	Ended    int      `json:"ended"`
	Finished bool     `json:"finished"` // the campaign is through
	Commit   lateness `json:"commit_ms"`
	Answer   lateness `json:"answer_ms"`
}

// dialWatch notes how long the stages of attempts take.
type dialWatch struct {
	mu       sync.Mutex
	left     map[campaigns.AttemptID]time.Time // when the row was there and the INVITE could leave
	begun    int
	ended    int
	finished bool
	commit   []int32 // microseconds
	answer   []int32
}

func newDialWatch() *dialWatch {
	return &dialWatch{left: make(map[campaigns.AttemptID]time.Time)}
}

// see is told what happens.
func (w *dialWatch) see(ev dialer.Event) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev.Kind {
	case dialer.Begun:
		w.begun++
		w.left[ev.Attempt] = now
		w.commit = append(w.commit, int32(now.Sub(ev.At)/time.Microsecond))
	case dialer.Answered:
		if left, known := w.left[ev.Attempt]; known {
			w.answer = append(w.answer, int32(ev.At.Sub(left)/time.Microsecond))
		}
	case dialer.Ended:
		w.ended++
		delete(w.left, ev.Attempt)
	case dialer.Finished:
		w.finished = true
	case dialer.Ringing, dialer.Held: // are not measured
	}
}

// says sums up.
func (w *dialWatch) says() *dialSays {
	w.mu.Lock()
	defer w.mu.Unlock()
	says := &dialSays{Begun: w.begun, Ended: w.ended, Finished: w.finished}
	if w.finished { // sorting takes time that is measured
		says.Commit, says.Answer = latenessOf(w.commit), latenessOf(w.answer)
	}
	return says
}
