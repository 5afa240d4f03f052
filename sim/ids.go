package sim

import (
	"fmt"
	"time"
)

// ids makes what looks like UUIDv7: sorted by the rehearsal's time, and the same
// whenever the seed is.
type ids struct {
	seed  uint64
	now   func() time.Time
	made  uint64
	fixed []string // given out first
}

// next returns an id greater than all before it.
func (i *ids) next() string {
	if len(i.fixed) > 0 {
		id := i.fixed[0]
		i.fixed = i.fixed[1:]
		return id
	}
	i.made++
	ms := uint64(i.now().UnixMilli())
	return fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", ms>>16&0xffffffff, ms&0xffff, i.seed&0xfff, i.seed>>12&0xfff, i.made)
}
