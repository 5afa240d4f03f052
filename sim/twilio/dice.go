package twin

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// dice are chance that can be repeated: the same seed, name and question give
// the same roll, whatever happened before.
type dice struct {
	seed uint64
	name string
}

func (d dice) source(question string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%s", d.seed, d.name, question)
	return rand.New(rand.NewPCG(h.Sum64(), d.seed))
}

// roll is a number in [0, 1).
func (d dice) roll(question string) float64 { return d.source(question).Float64() }

// sid makes a name as Twilio's: a prefix and 32 hexadecimal digits.
func (d dice) sid(prefix string) string {
	r := d.source("sid " + prefix)
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return prefix + hex.EncodeToString(b[:])
}
