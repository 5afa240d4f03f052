package sim

import (
	"cmp"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// dice are the chances of one thing, such as one attempt on one number: they
// fall the same whatever is asked in which order.
type dice uint64

// diceOf names what the dice are of.
func diceOf(seed uint64, names ...string) dice {
	h := fnv.New64a()
	h.Write(strconv.AppendUint(nil, seed, 16))
	for _, s := range names {
		h.Write([]byte{0})
		h.Write([]byte(s))
	}
	return dice(mix(h.Sum64()))
}

// roll is at least 0 and below 1. what names the question.
func (d dice) roll(what string) float64 {
	x := uint64(d)
	for i := range len(what) {
		x = (x ^ uint64(what[i])) * 0x100000001b3
	}
	return float64(mix(x)>>11) / (1 << 53)
}

// mix spreads each bit over all others (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d dice) chance(what string, share float64) bool { return d.roll(what) < share }

// normal is drawn from the normal distribution (Box-Muller).
func (d dice) normal(what string) float64 {
	r := math.Sqrt(-2 * math.Log(1-d.roll(what+" radius")))
	return r * math.Cos(2*math.Pi*d.roll(what+" angle"))
}

// pick takes one of the keys by its chance, 0..1; where the chances leave some
// over it may take none.
func pick[K cmp.Ordered](d dice, what string, chances map[K]float64) (picked K, some bool) {
	at := d.roll(what)
	for _, k := range slices.Sorted(maps.Keys(chances)) {
		if at < chances[k] {
			return k, true
		}
		at -= chances[k]
	}
	return picked, false
}

// Law is how long something takes: Mean alone where CV is 0, else a lognormal
// law of that mean and coefficient of variation, within Least and Most.
type Law struct {
	Mean  time.Duration
	CV    float64       // standard deviation over mean
	Least time.Duration // never below
	Most  time.Duration // never above; 0: no bound
}

// draw is one span of the law.
func (l Law) draw(d dice, what string) time.Duration {
	span := float64(l.Mean)
	if l.CV > 0 && l.Mean > 0 {
		variance := math.Log(1 + l.CV*l.CV)
		span = math.Exp(math.Log(span) - variance/2 + math.Sqrt(variance)*d.normal(what))
	}
	if l.Most > 0 {
		span = min(span, float64(l.Most))
	}
	return max(time.Duration(span), l.Least).Round(time.Millisecond)
}
