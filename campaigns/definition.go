package campaigns

import (
	"cmp"
	"maps"
	"time"

	"careline/phone"
)

// MinRing is the shortest time that a phone of a real network may ring before
// the call is given up (16 CFR 310.4(b)(4)(ii)). Test trunks may ring shorter.
const MinRing = 15 * time.Second

const (
	defaultRing     = 30 * time.Second
	defaultAttempts = 3
)

// WithDefaults fills in what the definition leaves open, but for Zone where the
// caller id tells none.
func (d Definition) WithDefaults() Definition {
	d.Mode = cmp.Or(d.Mode, Agentless)
	d.RingTimeout = cmp.Or(d.RingTimeout, defaultRing)
	d.MaxAttempts = d.maxAttempts()
	if zones := phone.Zones(d.CallerID); d.Zone == "" && len(zones) == 1 {
		d.Zone = zones[0]
	}
	retry := maps.Clone(defaultRetry)
	maps.Copy(retry, d.Retry)
	d.Retry = retry
	return d
}

func (d Definition) maxAttempts() int { return cmp.Or(d.MaxAttempts, defaultAttempts) }
