package rtp

import (
	"time"

	"github.com/pion/rtcp"
)

// mostLost is the greatest number of lost packets that a report can tell.
const mostLost = 1<<23 - 1

// Report is what the receiver of a stream tells its sender (RFC 3550 section
// 6.4.1), without the times of the sender's own reports. The share of lost
// packets is that since the latest call. It reports false while there is no
// stream.
func (r *Reception) Report() (rtcp.ReceptionReport, bool) {
	if !r.started {
		return rtcp.ReceptionReport{}, false
	}
	report := rtcp.ReceptionReport{
		SSRC:               r.ssrc,
		FractionLost:       r.fractionLost(),
		TotalLost:          uint32(min(r.lost(), mostLost)),
		LastSequenceNumber: uint32(r.highest - 1<<16), // without the room for packets from before the first
		Jitter:             uint32(r.jitter * clockHz / float64(time.Second)),
	}
	r.reportedExpected, r.reportedReceived = r.expected(), r.received
	return report, true
}

// fractionLost is the share of the packets lost since the latest report, in
// 1/256.
func (r *Reception) fractionLost() uint8 {
	expected, received := r.expected()-r.reportedExpected, r.received-r.reportedReceived
	if expected == 0 || received >= expected {
		return 0
	}
	return uint8(min((expected-received)<<8/expected, 255))
}
