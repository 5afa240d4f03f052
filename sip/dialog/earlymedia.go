package dialog

import (
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// EarlyMedia is a P-Early-Media header (RFC 5009): whether what comes before the
// answer was let through by the network.
type EarlyMedia struct {
	Direction string // sendrecv, sendonly, recvonly, inactive as the network sees us; empty when it did not say
	Gated     bool   // the network holds back what it does not permit
}

// earlyMediaOf reads a P-Early-Media header. Where several lines give a
// direction, for several media streams, the first one counts: the sound.
func earlyMediaOf(m sipmsg.Message) (e EarlyMedia) {
	for _, h := range m.GetHeaders("P-Early-Media") {
		for param := range strings.SplitSeq(h.Value(), ",") {
			switch p := strings.ToLower(strings.TrimSpace(param)); p {
			case "sendrecv", "sendonly", "recvonly", "inactive":
				if e.Direction == "" {
					e.Direction = p
				}
			case "gated":
				e.Gated = true
			}
		}
	}
	return e
}
