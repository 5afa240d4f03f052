package sim

import (
	"time"

	"careline/phone"
)

// Trunk is a trunk and the carrier behind it.
type Trunk struct {
	Name      string
	MaxCalls  int            // at once, as configured
	PerSecond float64        // as configured
	Allow     phone.Prefixes // destinations; nil: any
	Carrier   Carrier
}

// Carrier is how the far side of a trunk behaves.
type Carrier struct {
	Delay Law             // from the INVITE to the first ring, or to what else comes
	Fails map[int]float64 // chances of final statuses that are the carrier's own, as 503
	Lines int             // calls at once that it takes; more are answered 503; 0: any number
	Rate  float64         // new calls a second that it takes; more are answered 503; 0: any number
	Down  []Outage        // when it takes none
}

// DefaultCarrier is one of which nothing is known: it takes all calls.
func DefaultCarrier() Carrier {
	return Carrier{Delay: Law{Mean: 3 * time.Second, CV: 0.3, Least: 500 * time.Millisecond, Most: 8 * time.Second}}
}

// Outage is a time in which a carrier answers every call with 503.
type Outage struct {
	From time.Duration // after the start
	For  time.Duration
}

// statusDown is what a carrier says that takes no call now.
const statusDown = 503

// line is one trunk in the course of a rehearsal.
type line struct {
	Trunk
	taken  int       // calls that the carrier has
	window time.Time // the second in which the latest calls came
	recent int       // that came in it
	closed time.Time // until when its day is used up
}

// take has the carrier look at a new call: 0 means that it puts it through.
func (l *line) take(d dice, at, start time.Time) (status int) {
	if second := at.Truncate(time.Second); !second.Equal(l.window) {
		l.window, l.recent = second, 0
	}
	l.recent++
	for _, o := range l.Carrier.Down {
		if since := at.Sub(start); since >= o.From && since < o.From+o.For {
			return statusDown
		}
	}
	switch {
	case l.Carrier.Lines > 0 && l.taken >= l.Carrier.Lines, l.Carrier.Rate > 0 && float64(l.recent) > l.Carrier.Rate:
		return statusDown
	}
	status, _ = pick(d, "carrier", l.Carrier.Fails)
	return status
}

// barred says why the trunk's destinations leave a number out; empty: they do not.
func (l *line) barred(n phone.Number) string {
	if l.Allow == nil {
		return ""
	}
	return l.Allow.Refuses(n)
}
