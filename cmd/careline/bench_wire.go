package main

import (
	"encoding/binary"
	"time"

	"careline/sip/rtp"
)

// The packets that a wire looks at, as IPv4 has them: without options, as the
// loopback carries them.
const (
	ipSize    = 20
	soundAt   = ipSize + 8 + rtp.HeaderSize
	soundSize = soundAt + 160 // 20 ms
	keySize   = soundAt + 4
)

// keyed is a key that was pressed in a call.
type keyed struct {
	at       time.Time // of its first packet
	followed bool      // the prompt after it has begun
}

// wireSaw is what a wire has measured.
type wireSaw struct {
	toPrompt []int32          // microseconds from a key's first packet to the first one of what follows
	keys     map[uint16]keyed // by the service's port, the latest
	unseen   int              // earlier keys without a prompt
	dropped  int              // packets that it had no time for
}

// oneKey is longer than a key of 160 ms with its repeated ends.
const oneKey = time.Second

// see takes a packet.
func (w *wireSaw) see(b []byte, at time.Time) {
	if len(b) < keySize {
		return
	}
	from, to := binary.BigEndian.Uint16(b[ipSize:]), binary.BigEndian.Uint16(b[ipSize+2:])
	if binary.BigEndian.Uint16(b[2:]) == keySize {
		k, known := w.keys[to]
		if known && at.Sub(k.at) < oneKey {
			return
		}
		if known && !k.followed {
			w.unseen++
		}
		w.keys[to] = keyed{at: at}
		return
	}
	if k, known := w.keys[from]; known && !k.followed && isThanks(b[soundAt:]) {
		w.toPrompt = append(w.toPrompt, int32(at.Sub(k.at)/time.Microsecond))
		k.followed = true
		w.keys[from] = k
	}
}

// silent counts the keys that no prompt has followed.
func (w *wireSaw) silent() int {
	n := w.unseen
	for _, k := range w.keys {
		if !k.followed {
			n++
		}
	}
	return n
}

// isThanks tells the second prompt from the first, and from silence, by how often
// its tone changes sign: in both laws that is the first bit.
func isThanks(sound []byte) bool {
	changes := 0
	for i := 1; i < len(sound); i++ {
		if (sound[i]^sound[i-1])&0x80 != 0 {
			changes++
		}
	}
	seconds := float64(len(sound)) / 8000
	between := float64(questionHz+thanksHz) / 2
	return float64(changes) > 2*between*seconds
}
