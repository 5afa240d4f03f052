package campaigns

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
)

// IsComplete tells whether the results make an interview complete: all that the
// definition names are there. Where it names none, having been reached is
// enough.
func (d Definition) IsComplete(results map[string]string) bool {
	for _, name := range d.Complete {
		if _, there := results[name]; !there {
			return false
		}
	}
	return true
}

// isCompleteAlone tells whether the results make an interview complete though no
// person was reached: the definition names some, and all are there, as where the
// flow records that a machine was left a message.
func (d Definition) isCompleteAlone(results map[string]string) bool {
	return len(d.Complete) > 0 && d.IsComplete(results)
}

// IsSuccess tells whether the results of a complete interview mean yes: every
// result that the definition names has one of its values. Where it names none
// nothing means yes.
func (d Definition) IsSuccess(results map[string]string) bool {
	if len(d.Success) == 0 || !d.IsComplete(results) {
		return false
	}
	for name, yes := range d.Success {
		value, there := results[name]
		if !there || !slices.Contains(yes, value) {
			return false
		}
	}
	return true
}

// IsHeldOut draws a share, 0..1, of customers who are never called, for
// comparison. The draw depends on nothing but the customer and the campaign.
func IsHeldOut(customerKey string, campaign ID, share float64) bool {
	if share <= 0 {
		return false
	}
	h := fnv.New128a()
	h.Write([]byte(campaign))
	h.Write([]byte{0})
	h.Write([]byte(customerKey))
	sum := h.Sum(nil)
	drawn := binary.BigEndian.Uint64(sum[:8]) ^ binary.BigEndian.Uint64(sum[8:])
	return float64(mix(drawn))/math.MaxUint64 < share
}

// mix spreads every bit of x over all of the result, which FNV alone does not
// do for texts that differ in their last characters only. It is the finisher of
// MurmurHash3.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
