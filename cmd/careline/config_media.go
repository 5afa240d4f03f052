package main

import (
	"fmt"
	"time"

	"careline/sip"
	"careline/sip/sdp"
)

// mediaConfig is how sound goes.
type mediaConfig struct {
	PhonesSRTP string        `yaml:"phones_srtp"` // encryption of the phones' sound: off, optional, required; empty: off
	RTPRest    time.Duration `yaml:"rtp_rest"`    // of a port between two calls; 0: 32s; below 0: none
}

func (m mediaConfig) checkMedia() error {
	if _, err := sdp.ParseSecurity(m.PhonesSRTP); err != nil {
		return fmt.Errorf("sip.phones_srtp: %w", err)
	}
	if m.RTPRest > 10*time.Minute {
		return fmt.Errorf("sip.rtp_rest: %v is over 10m; all ports would be resting", m.RTPRest)
	}
	return nil
}

// apply sets what the configuration says of sound.
func (m mediaConfig) apply(o *sip.Options) (err error) {
	o.PortRest = m.RTPRest
	if o.SRTP, err = sdp.ParseSecurity(m.PhonesSRTP); err != nil {
		return fmt.Errorf("sip.phones_srtp: %w", err)
	}
	return nil
}
