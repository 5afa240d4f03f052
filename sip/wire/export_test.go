package wire

import (
	"net/netip"
	"time"
)

// Sources returns how many addresses sipgo keeps for UDP.
func Sources(w *Wire) int { return w.ua.TransportLayer().Pool("udp").Size() }

// Age makes all answers of DNS old, but not too old to be used.
func Age(w *Wire) {
	w.names.mu.Lock()
	defer w.names.mu.Unlock()
	for name, a := range w.names.known {
		a.at = a.at.Add(-2 * nameFresh)
		w.names.known[name] = a
	}
}

// Hear has a wire hear of a source of UDP packets.
func Hear(w *Wire, from string) {
	w.udp.sources.note(netip.MustParseAddrPort(from), w.udp.sources.turned)
}

// Turn ends a generation of sources.
func Turn(w *Wire) { w.udp.sources.turn(time.Now()) }

// Heard tells whether sipgo can answer a source.
func Heard(w *Wire, from string) bool { return w.ua.TransportLayer().Pool("udp").Get(from) != nil }
