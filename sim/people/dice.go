package people

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"
)

// dice is the chance of one call: the same seed, number and attempt always fall
// the same, whatever is asked in which order.
type dice struct {
	seed    uint64
	number  string
	attempt string // "3" for the third call to the number, "in 2" for the second from it, "" for the number itself
}

// roll is at least 0 and below 1. what names the question.
func (d dice) roll(what string) float64 {
	h := fnv.New64a()
	for _, s := range []string{strconv.FormatUint(d.seed, 16), d.number, d.attempt, what} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return float64(mix(h.Sum64())>>11) / (1 << 53)
}

// mix spreads each bit over all others (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d dice) between(what string, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(d.roll(what)*float64(hi-lo))
}

func (d dice) chance(what string, share float64) bool { return d.roll(what) < share }

// pick takes one of the keys by their weights, or none if there is no weight.
func pick[K cmp.Ordered](d dice, what string, weights map[K]float64) (K, bool) {
	var none K
	total := 0.0
	for _, w := range weights {
		total += max(w, 0)
	}
	at := d.roll(what) * total
	for _, k := range slices.Sorted(maps.Keys(weights)) {
		w := max(weights[k], 0)
		if at < w {
			return k, true
		}
		at -= w
	}
	return none, false
}
