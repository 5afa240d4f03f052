package sip

import (
	"strings"
	"time"

	"careline/ivr"
)

// mostKeys is how many keys a gather may hold, and how many may wait for one.
const mostKeys = 32

// keypad collects the keys of one gather. It has no clock: it is told when
// things happen, and says how long it waits.
type keypad struct {
	spec      ivr.GatherSpec
	keys      []byte
	prompting bool      // the gather's prompt plays, so no time-out runs
	deadline  time.Time // when to give up waiting; means nothing while prompting
	over      bool      // no further key counts
}

// newKeypad begins a gather whose prompt starts to play now.
func newKeypad(spec ivr.GatherSpec) *keypad {
	spec.MaxDigits = min(max(spec.MaxDigits, spec.MinDigits, 1), mostKeys)
	return &keypad{spec: spec, prompting: true}
}

// listens tells whether keys shall be handed in as they come. If not they wait
// until the prompt has ended: they may not cut it short, yet count.
func (k *keypad) listens() bool {
	return !k.prompting || k.spec.BargeIn || !k.spec.TypeAhead
}

// press takes a key. One that may not cut the prompt short is dropped.
func (k *keypad) press(key byte, now time.Time) {
	if k.over || strings.IndexByte("0123456789*#", key) < 0 {
		return
	}
	if k.prompting && !k.spec.BargeIn {
		return
	}
	k.take(key, now)
}

// take counts a key.
func (k *keypad) take(key byte, now time.Time) {
	k.prompting = false
	if k.spec.FinishOnKey != "" && strings.IndexByte(k.spec.FinishOnKey, key) >= 0 {
		k.over = true
		return
	}
	k.keys = append(k.keys, key)
	k.deadline = now.Add(k.spec.InterDigit)
	k.over = len(k.keys) >= k.spec.MaxDigits
}

// promptEnded tells that the prompt was heard to its end, from when on silence
// counts.
func (k *keypad) promptEnded(now time.Time) {
	if !k.prompting {
		return
	}
	k.prompting = false
	k.deadline = now.Add(k.spec.Timeout)
}

// wait is how long nothing has to happen until expire would end the gather. It
// reports false while a prompt plays, for as long as that takes.
func (k *keypad) wait(now time.Time) (time.Duration, bool) {
	if k.prompting {
		return 0, false
	}
	return max(k.deadline.Sub(now), 0), true
}

// expire ends the gather if it has waited long enough.
func (k *keypad) expire(now time.Time) {
	if !k.prompting && !now.Before(k.deadline) {
		k.over = true
	}
}

// hold lets the wait begin anew, as nobody is there to press a key.
func (k *keypad) hold(now time.Time) { k.deadline = now.Add(max(k.spec.Timeout, time.Second)) }

// hungUp tells that no key will follow, and reports whether those pressed so
// far are an answer.
func (k *keypad) hungUp() bool {
	answered := k.over || len(k.keys) >= max(k.spec.MinDigits, 1)
	k.over = true
	return answered
}
