package people

import (
	"math"
	"sync"
)

// turn is Goertzel's coefficient for a frequency.
func turn(hz float64) float64 { return 2 * math.Cos(2*math.Pi*hz/8000) }

// cast knows who speaks with which voice.
type cast struct {
	mu    sync.Mutex
	names [voiceCount]string
}

// give finds a free voice for someone, near to where their name falls.
func (c *cast) give(name string) voice {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := int((dice{number: name}).roll("voice") * float64(voiceCount))
	for i := range voiceCount {
		if at := (from + i) % voiceCount; c.names[at] == "" {
			c.names[at] = name
			return voice(at)
		}
	}
	return voice(from) // two people sound the same
}

// take frees the voice of someone who has left.
func (c *cast) take(v voice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v != noVoice {
		c.names[v] = ""
	}
}

// name is who speaks with a voice; "" if nobody does, as where music sounds
// like one.
func (c *cast) name(v voice) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v == noVoice {
		return ""
	}
	return c.names[v]
}
