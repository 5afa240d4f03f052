package sip

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// instances is the name space of the phones that we are to registrars.
var instances = uuid.MustParse("d3f5a1c2-6a0b-4f0e-9f51-2c7a3b0c8e64")

// instance names a trunk of a node, the same after each restart (RFC 5626 section
// 4.1); empty by UDP, where there is no connection to be called by.
func (t *trunk) instance(node string) string {
	if t.parameter() == "" {
		return ""
	}
	return "urn:uuid:" + uuid.NewSHA1(instances, []byte(node+"\n"+t.Name)).String()
}

// mostHaste is how often in a row a trunk is asked at once since a connection to
// it is gone, and once more each time that it is asked anyway: some close each as
// soon as they have answered.
const mostHaste = 3

// connectionLost has the trunks asked that a connection was to: it stands or
// falls with them.
func (d *Driver) connectionLost(transport string, remote netip.AddrPort) {
	for _, t := range d.guard.trunks {
		if t.Options > 0 && strings.EqualFold(t.Transport, transport) && t.isAt(remote) {
			t.mu.Lock()
			t.lost = true
			t.mu.Unlock()
			t.poke()
		}
	}
}

func (t *trunk) isAt(remote netip.AddrPort) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Contains(t.addrs, remote)
}

// wasLost tells whether the trunk shall be asked at once as a connection to it is
// gone.
func (t *trunk) wasLost(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.lost
	t.lost = false
	return was && t.haste.take(now, 1/t.Options.Seconds(), mostHaste)
}
