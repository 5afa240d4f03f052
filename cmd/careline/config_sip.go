package main

import (
	"fmt"

	"careline/sip"
)

// sipConfig is how SIP is spoken, and where sound goes.
type sipConfig struct {
	Listen   string `yaml:"listen"`   // ip:port; empty: 127.0.0.1:5060, or 0.0.0.0:5060 once a trunk or an agent is configured
	External string `yaml:"external"` // the address that the others shall see
	RTP      string `yaml:"rtp"`      // UDP ports for sound; empty: 10000-10999
	Record   string `yaml:"record"`   // directory for a WAV file of each call; empty: none
}

// driverOptions are what the configuration says of SIP.
func (c config) driverOptions() (sip.Options, error) {
	ports, err := parsePorts(c.SIP.RTP)
	if err != nil {
		return sip.Options{}, fmt.Errorf("sip.rtp: %w", err)
	}
	o := sip.Options{
		Listen: c.SIP.Listen, Host: c.SIP.External, Ports: ports, Record: c.SIP.Record,
		Phones: make(map[string]string),
	}
	for i, t := range c.Trunks {
		trunk, bad := t.trunk()
		if bad != nil {
			return o, fmt.Errorf("trunks[%d].%w", i, bad)
		}
		o.Trunks = append(o.Trunks, trunk)
	}
	for i, a := range c.Agents {
		if o.Phones[a.Name], err = a.Password.reveal(); err != nil {
			return o, fmt.Errorf("agents[%d].password: %w", i, err)
		}
	}
	return o, nil
}
