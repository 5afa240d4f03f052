package media

import (
	"time"

	"careline/sip/rtp"
)

// The lengths of a key press that is sent and of the least pause after it.
const (
	pressTime = 100 * time.Millisecond
	pauseTime = 100 * time.Millisecond
)

// keying is the keys that a leg sends, one after another.
type keying struct {
	queue     []keyRun
	down      bool          // a key is being sent
	timestamp uint32        // of that key
	pause     time.Duration // left before the next key
}

// keyRun is the keys of one request.
type keyRun struct {
	presses  [][]rtp.KeyEvent // what is left of each key, one event a packet
	playback *Playback
}

// keyPacket is one packet of a key.
type keyPacket struct {
	event     rtp.KeyEvent
	timestamp uint32
	marker    bool
	over      *Playback // its request, when this is the last packet of all its keys
}

// add appends the keys, of which there is at least one, for packets that are
// interval apart. When one of them is no key nothing is added.
func (k *keying) add(keys string, interval time.Duration) (*Playback, error) {
	run := keyRun{playback: newPlayback()}
	for i := range len(keys) {
		events, err := rtp.Press(keys[i], pressTime, interval)
		if err != nil {
			return nil, err
		}
		run.presses = append(run.presses, events)
	}
	k.queue = append(k.queue, run)
	return run.playback, nil
}

// next is the packet to send in place of sound that has the timestamp given;
// false in a pause, and when there are no keys.
func (k *keying) next(timestamp uint32, interval time.Duration) (keyPacket, bool) {
	if k.pause > 0 {
		k.pause -= interval
		return keyPacket{}, false
	}
	if len(k.queue) == 0 {
		return keyPacket{}, false
	}
	run := &k.queue[0]
	p := keyPacket{event: run.presses[0][0], marker: !k.down}
	if !k.down {
		k.down, k.timestamp = true, timestamp
	}
	p.timestamp = k.timestamp
	if run.presses[0] = run.presses[0][1:]; len(run.presses[0]) == 0 {
		p.over = k.keyUp()
	}
	return p, true
}

// keyUp ends the key that is down, and returns its request when that is over.
func (k *keying) keyUp() *Playback {
	k.down, k.pause = false, pauseTime
	run := &k.queue[0]
	if run.presses = run.presses[1:]; len(run.presses) > 0 {
		return nil
	}
	over := run.playback
	k.queue = k.queue[1:]
	return over
}

// stop drops all keys, and returns the requests that were cut off.
func (k *keying) stop() []*Playback {
	cut := make([]*Playback, 0, len(k.queue))
	for _, run := range k.queue {
		cut = append(cut, run.playback)
	}
	k.queue, k.down = nil, false
	return cut
}
