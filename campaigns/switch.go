package campaigns

import "time"

// Switch changes the mode of a campaign while it runs.
type Switch struct {
	Was   Mode // of one that has happened
	Mode  Mode
	Queue string  // empty leaves it
	Ratio float64 // 0 leaves it
	Who   string
	At    time.Time
}

// Apply returns the definition with the mode changed.
func (s Switch) Apply(d Definition) Definition {
	d.Mode = s.Mode
	if s.Queue != "" {
		d.Queue = s.Queue
	}
	if s.Ratio != 0 {
		d.Ratio = s.Ratio
	}
	return d.WithDefaults()
}
