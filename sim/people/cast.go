package people

import "math"

// turn is Goertzel's coefficient for a frequency.
func turn(hz float64) float64 { return 2 * math.Cos(2*math.Pi*hz/8000) }

// cast knows who speaks with which voice. The loop owns it.
type cast struct {
	names [voiceCount]string
}

// give finds a free voice for someone, near to where their name falls.
func (c *cast) give(name string) voice {
	from := int((dice{number: name}).roll("voice") * float64(voiceCount))
	for i := range voiceCount {
		if at := (from + i) % voiceCount; c.names[at] == "" {
			c.names[at] = name
			return voice(at)
		}
	}
	return voice(from) // two people sound the same
}

func (c *cast) take(v voice) {
	if v != noVoice {
		c.names[v] = ""
	}
}

// name is who speaks with a voice.
func (c *cast) name(v voice) string {
	if c.names[v] == "" {
		return "nobody"
	}
	return c.names[v]
}
