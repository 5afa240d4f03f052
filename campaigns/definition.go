package campaigns

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"careline/phone"
)

// MinRing is the shortest time that a phone of a real network may ring before
// the call is given up (16 CFR 310.4(b)(4)(ii)). Test trunks may ring shorter.
const MinRing = 15 * time.Second

const (
	defaultRing     = 30 * time.Second
	defaultAttempts = 3
	defaultRatio    = 1.5
)

// WithDefaults fills in what the definition leaves open, but for Zone where the
// caller id tells none.
func (d Definition) WithDefaults() Definition {
	d.Mode = cmp.Or(d.Mode, Agentless)
	d.RingTimeout = cmp.Or(d.RingTimeout, defaultRing)
	d.MaxAttempts = d.maxAttempts()
	d.Ratio = d.CallsPerAgent()
	d.Priority, d.Share = d.Precedence()
	d.Purpose = cmp.Or(d.Purpose, Informational)
	d.Machine = cmp.Or(d.Machine, MachineOff)
	if zones := phone.Zones(d.CallerID); d.Zone == "" && len(zones) == 1 {
		d.Zone = zones[0]
	}
	d = d.withRules()
	retry := map[Disposition][]time.Duration{}
	for disp := range defaultRetry {
		if delays := d.delaysAfter(disp); delays != nil {
			retry[disp] = delays
		}
	}
	maps.Copy(retry, d.Retry)
	d.Retry = retry
	return d
}

func (d Definition) maxAttempts() int { return cmp.Or(d.MaxAttempts, defaultAttempts) }

// CallsPerAgent is Ratio, or its default.
func (d Definition) CallsPerAgent() float64 { return cmp.Or(d.Ratio, defaultRatio) }

// Precedence is Priority and Share, or their defaults.
func (d Definition) Precedence() (priority, share int) {
	return cmp.Or(d.Priority, 1), cmp.Or(d.Share, 1)
}

// clocked tells whether the time of day or the day matters.
func (d Definition) clocked() bool {
	return !d.Hours.Any() || len(d.Holidays) > 0 && d.Holidays[0] != none ||
		slices.ContainsFunc(d.RulesOf(), func(r PackRule) bool { return r.Hours != nil })
}
