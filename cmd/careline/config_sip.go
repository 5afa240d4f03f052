package main

import (
	"fmt"
	"slices"
	"time"

	"careline/sip"
)

// defaultPorts are the ports for sound. A pair rests 32 s after its call, so that
// 5000 of them are enough for 150 new calls a second.
const defaultPorts = "10000-19999"

// sipConfig is how SIP is spoken, and where sound goes.
type sipConfig struct {
	Listen   string    `yaml:"listen"`   // ip:port; empty: 127.0.0.1:5060, or 0.0.0.0:5060 once a trunk or an agent is configured
	External externals `yaml:"external"` // the address that the others shall see; or two, one of IPv4 and one of IPv6
	RTP      string    `yaml:"rtp"`      // UDP ports for sound, two a call; empty: 10000-19999
	Record   string    `yaml:"record"`   // directory for a WAV file of each call; empty: none

	Auth []string `yaml:"auth"` // what phones are asked for, in this order: sha256, md5; empty: md5

	SessionExpires time.Duration `yaml:"session_expires"` // of a call without a sign of life (RFC 4028); 0: 30m; below 0: only where the far end asks
	MostSetups     int           `yaml:"most_setups"`     // calls that come in at once and do not ring yet, at most; 0: 128

	transportConfig `yaml:",inline"`
	sightConfig     `yaml:",inline"`
	mediaConfig     `yaml:",inline"`
}

// leastExpires is the shortest session that others need to accept.
const leastExpires = 90 * time.Second

func (c sipConfig) checkCalls() error {
	switch {
	case c.SessionExpires > 0 && c.SessionExpires < leastExpires:
		return fmt.Errorf("sip.session_expires: %v is less than %v, which is the least that others must accept", c.SessionExpires, leastExpires)
	case slices.ContainsFunc(c.Auth, func(a string) bool { return digests[a] == "" }):
		return fmt.Errorf("sip.auth: %q is not one or both of sha256, md5", c.Auth)
	case c.MostSetups < 0:
		return fmt.Errorf("sip.most_setups: %d is below 0", c.MostSetups)
	}
	return c.checkMedia()
}

// digests are the names of the digest algorithms in SIP.
var digests = map[string]string{"sha256": "SHA-256", "md5": "MD5"}

// digests are what phones are asked for, in their names in SIP. Phones that do not
// know SHA-256 give up at the sight of it, whatever stands beside it (baresip 1.0
// is one), so it is asked for where it is configured.
func (c sipConfig) digests() []string {
	names := make([]string, 0, len(c.Auth))
	for _, a := range c.Auth {
		names = append(names, digests[a])
	}
	return names
}

// driverOptions are what the configuration says of SIP.
func (c config) driverOptions() (sip.Options, error) {
	ports, err := parsePorts(c.SIP.RTP)
	if err != nil {
		return sip.Options{}, fmt.Errorf("sip.rtp: %w", err)
	}
	local, err := c.SIP.prefixes()
	if err != nil {
		return sip.Options{}, err
	}
	proxies, err := c.SIP.proxies()
	if err != nil {
		return sip.Options{}, err
	}
	o := sip.Options{
		Proxies: proxies,
		Node:    c.Node, Listen: c.SIP.Listen, Host: c.SIP.External.host(), Host6: c.SIP.External.host6(), Ports: ports, Record: c.SIP.Record,
		Messages: c.Recordings.Directory, MostMessages: c.Recordings.most(),
		SessionExpires: c.SIP.SessionExpires, MostSetups: c.SIP.MostSetups,
		TCP: c.SIP.TCP == nil || *c.SIP.TCP, TLS: c.SIP.TLS.Listen, Secure: c.SIP.TLS.secure(), Local: local,
		Phones: make(map[string]string), Digests: c.SIP.digests(),
	}
	if err = c.SIP.apply(&o); err != nil {
		return o, err
	}
	for i, t := range c.Trunks {
		if t.Kind != sipKind {
			continue
		}
		trunk, bad := t.trunk()
		if bad != nil {
			return o, fmt.Errorf("trunks[%d].%w", i, bad)
		}
		o.Trunks = append(o.Trunks, trunk)
	}
	for i, a := range c.Agents {
		if a.Outside() {
			continue
		}
		if o.Phones[a.Name], err = a.Password.reveal(); err != nil {
			return o, fmt.Errorf("agents[%d].password: %w", i, err)
		}
	}
	return o, nil
}
