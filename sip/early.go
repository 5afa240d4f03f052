package sip

import (
	"sync"

	"careline/audio/progress"
	"careline/media"
	"careline/sip/session"
)

// ear listens to what the network says by sound before a call is answered.
type ear struct {
	sess *session.Session
	stop func() // nil: it does not listen

	mu       sync.Mutex
	detector *progress.Detector
	pcm      []int16
}

// open listens once the network has said where its sound comes from.
func (e *ear) open(description []byte) {
	if len(description) > 0 && e.stop == nil {
		e.stop = e.sess.Tap(e)
	}
}

// Record listens to sound of the far end.
func (e *ear) Record(f media.Frame) {
	if f.Side != media.FarEnd {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pcm) < len(f.Sound) {
		e.pcm = make([]int16, len(f.Sound))
	}
	e.detector.Write(e.pcm[:f.Codec.Decode(e.pcm, f.Sound)])
}

// close listens no more and returns what was recognised.
func (e *ear) close() string {
	if e.stop == nil {
		return ""
	}
	e.stop()
	e.stop = nil
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.detector.Heard())
}
