package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"careline/audio"
	"careline/campaigns"
	"careline/dialer/plan"
	"careline/phone"
	"careline/sip"
	"careline/sip/sdp"
)

// trunkConfig is a carrier account.
type trunkConfig struct {
	Name           string         `yaml:"name"`
	Kind           string         `yaml:"kind"` // sip or twilio; empty: sip
	Address        string         `yaml:"address"`
	Transport      string         `yaml:"transport"` // udp, tcp or tls; empty: udp
	Sources        []string       `yaml:"sources"`
	Username       string         `yaml:"username"`
	Password       secret         `yaml:"password"`
	Domain         string         `yaml:"domain"`
	Codecs         []string       `yaml:"codecs"`
	SRTP           string         `yaml:"srtp"` // off, optional, required; empty: off
	Allow          phone.Prefixes `yaml:"allow"`
	MaxCalls       int            `yaml:"max_calls"`        // at once; 0: 10
	CallsPerSecond float64        `yaml:"calls_per_second"` // new calls; 0: 1
	Region         string         `yaml:"region"`
	HandOver       bool           `yaml:"hand_over"`      // takes attended transfers (REFER with Replaces)
	Register       bool           `yaml:"register"`       // keep a registration there
	Expires        time.Duration  `yaml:"expires"`        // of it; 0: 1h
	Caps           capsConfig     `yaml:"caps"`           // of a day
	CountIncoming  bool           `yaml:"count_incoming"` // max_calls counts incoming calls as well
	Rewrite        rewriteConfig  `yaml:"rewrite"`
	identityConfig `yaml:",inline"`
	twilioConfig   `yaml:",inline"`
	Keepalive      time.Duration `yaml:"keepalive"` // between OPTIONS; 0: 30s; below 0: none
}

func (t trunkConfig) check() error {
	switch {
	case t.Name == "":
		return errors.New("name: is empty")
	case t.MaxCalls < 0:
		return fmt.Errorf("max_calls: %d is below 0", t.MaxCalls)
	case t.CallsPerSecond < 0:
		return fmt.Errorf("calls_per_second: %v is below 0", t.CallsPerSecond)
	}
	if err := t.checkKind(); err != nil {
		return err
	}
	if err := checkRegion(t.Region); err != nil {
		return fmt.Errorf("region: %w", err)
	}
	if err := t.Allow.Check(); err != nil {
		return fmt.Errorf("allow: %w", err)
	}
	if err := t.Caps.check(); err != nil {
		return err
	}
	if t.Kind == twilioKind {
		if _, err := t.owned(); err != nil {
			return err
		}
		if err := t.twilioConfig.check(); err != nil {
			return err
		}
		if len(t.CallerIDs) == 0 {
			return errors.New("caller_ids: is empty; write the numbers that the account has bought or verified: Twilio shows no others")
		}
		return nil
	}
	return t.checkSIP()
}

// checkSIP tells what is wrong with what SIP needs.
func (t trunkConfig) checkSIP() error {
	switch {
	case t.Address == "":
		return errors.New("address: is empty; write host:port of the carrier")
	case !slices.Contains([]string{"", "udp", "tcp", "tls"}, t.Transport):
		return fmt.Errorf("transport: %q is not known; there are udp, tcp and tls", t.Transport)
	case strings.Trim(strings.ToLower(t.Domain), "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != "":
		return fmt.Errorf("domain: %q is no host", t.Domain)
	}
	if err := t.checkPlace(); err != nil {
		return err
	}
	for _, name := range t.Codecs {
		if _, err := audio.ParseCodec(name); err != nil {
			return fmt.Errorf("codecs: %w", err)
		}
	}
	if _, err := sdp.ParseSecurity(t.SRTP); err != nil {
		return fmt.Errorf("srtp: %w", err)
	}
	if err := t.checkRegister(); err != nil {
		return err
	}
	if err := t.identityConfig.check(); err != nil {
		return err
	}
	if _, err := t.Rewrite.rewriting(); err != nil {
		return err
	}
	if t.Rewrite.Format == sip.National && t.Region == "" {
		return errors.New("rewrite.format: national needs a region")
	}
	return nil
}

func (t trunkConfig) checkRegister() error {
	switch {
	case t.Register && t.Username == "":
		return errors.New("register: needs a username, and mostly a password")
	case t.Expires != 0 && !t.Register:
		return errors.New("expires: is of the registration; write register: true as well")
	case t.Expires != 0 && (t.Expires < time.Minute || t.Expires > 24*time.Hour):
		return fmt.Errorf("expires: %v is not a time from 1m to 24h", t.Expires)
	default:
		return nil
	}
}

// local tells whether the trunk leads to this machine.
func (t trunkConfig) local() bool {
	if t.Kind == twilioKind {
		u, err := url.Parse(t.API)
		return err == nil && loopback(u.Hostname())
	}
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil {
		host = t.Address
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// trunk is the trunk as SIP knows it.
func (t trunkConfig) trunk() (sip.Trunk, error) {
	password, err := t.Password.reveal()
	if err != nil {
		return sip.Trunk{}, fmt.Errorf("password: %w", err)
	}
	var codecs []audio.Codec
	for _, name := range t.Codecs {
		codec, bad := audio.ParseCodec(name)
		if bad != nil {
			return sip.Trunk{}, fmt.Errorf("codecs: %w", bad)
		}
		codecs = append(codecs, codec)
	}
	rewriting, err := t.Rewrite.rewriting()
	if err != nil {
		return sip.Trunk{}, err
	}
	security, err := sdp.ParseSecurity(t.SRTP)
	if err != nil {
		return sip.Trunk{}, fmt.Errorf("srtp: %w", err)
	}
	return sip.Trunk{
		Name: t.Name, Address: t.Address, Transport: t.Transport, Sources: t.Sources, Username: t.Username, Password: password,
		Domain: t.Domain, Codecs: codecs, SRTP: security, Allow: t.Allow, MaxCalls: t.MaxCalls, Region: t.Region, Options: t.Keepalive,
		HandOver: t.HandOver, Register: t.Register, Expires: t.Expires, Both: t.CountIncoming, Trusted: t.Trusted,
		Identity: t.identity(), Rewriting: rewriting,
	}, nil
}

// planTrunk is a trunk as the plan knows it.
func (s *service) planTrunk(state sip.TrunkState) plan.Trunk {
	t := plan.Trunk{Name: state.Name, Up: state.Up}
	for _, c := range s.cfg.Trunks {
		if c.Name == state.Name {
			t.MaxCalls, t.PerSecond = c.MaxCalls, c.CallsPerSecond
			if c.CountIncoming || c.Kind == twilioKind {
				t.MaxCalls = max(t.MaxCalls-state.Taken, 0)
			}
		}
	}
	return t
}

// shown is the number that a contact sees in a call by a trunk.
func (c config) shown(trunk string, of campaigns.Campaign, contact campaigns.Contact) phone.Number {
	return of.Shown(c.ownedBy(trunk), contact.Number, contact.Key)
}

// shows is what a contact sees in a call by the first trunk that owns a number to
// show; empty: none does.
func (c config) shows(d campaigns.Definition, contact campaigns.Contact) phone.Number {
	for _, name := range d.Trunks {
		if n := d.Shown(c.ownedBy(name), contact.Number, contact.Key); n != "" {
			return n
		}
	}
	return ""
}

// ownedBy are the numbers that may be shown by a trunk; empty: any.
func (c config) ownedBy(trunk string) []phone.Number {
	i := slices.IndexFunc(c.Trunks, func(t trunkConfig) bool { return t.Name == trunk })
	if i < 0 {
		return nil
	}
	owned, _ := c.Trunks[i].owned() // checked when the configuration was read
	return owned
}

// owns checks that each number a campaign shows is owned by one of its trunks,
// and that each trunk has one to show.
func (c config) owns(d campaigns.Definition) error {
	free := slices.ContainsFunc(d.Trunks, func(name string) bool { return len(c.ownedBy(name)) == 0 })
	for _, n := range d.Shows() {
		if !free && !slices.ContainsFunc(d.Trunks, func(name string) bool { return slices.Contains(c.ownedBy(name), n) }) {
			return fmt.Errorf("caller_id: %s is none of the caller_ids of %s; show a number that one of these trunks owns",
				string(n), strings.Join(d.Trunks, ", "))
		}
	}
	for _, name := range d.Trunks {
		if d.Shown(c.ownedBy(name), "", "") == "" {
			return fmt.Errorf("trunks: %s owns none of the numbers that the campaign shows; add one of its caller_ids to the campaign's", name)
		}
	}
	return nil
}
