package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"careline/audio"
	"careline/dialer/plan"
	"careline/phone"
	"careline/sip"
)

// trunkConfig is a carrier account.
type trunkConfig struct {
	Name           string         `yaml:"name"`
	Kind           string         `yaml:"kind"` // sip
	Address        string         `yaml:"address"`
	Sources        []string       `yaml:"sources"`
	Username       string         `yaml:"username"`
	Password       secret         `yaml:"password"`
	Domain         string         `yaml:"domain"`
	Codecs         []string       `yaml:"codecs"`
	Allow          phone.Prefixes `yaml:"allow"`
	MaxCalls       int            `yaml:"max_calls"`        // at once; 0: 10
	CallsPerSecond float64        `yaml:"calls_per_second"` // new calls; 0: 1
	Region         string         `yaml:"region"`
	Keepalive      time.Duration  `yaml:"keepalive"` // between OPTIONS; 0: 30s; below 0: none
}

func (t trunkConfig) check() error {
	switch {
	case t.Name == "":
		return errors.New("name: is empty")
	case t.Kind != "sip":
		return fmt.Errorf("kind: %q is not known; this version has sip", t.Kind)
	case t.Address == "":
		return errors.New("address: is empty; write host:port of the carrier")
	case t.MaxCalls < 0 || t.CallsPerSecond < 0:
		return errors.New("max_calls, calls_per_second: may not be below 0")
	}
	for _, name := range t.Codecs {
		if _, err := audio.ParseCodec(name); err != nil {
			return fmt.Errorf("codecs: %w", err)
		}
	}
	if err := t.Allow.Check(); err != nil {
		return fmt.Errorf("allow: %w", err)
	}
	return nil
}

// local tells whether the trunk leads to this machine.
func (t trunkConfig) local() bool {
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
		codec, err := audio.ParseCodec(name)
		if err != nil {
			return sip.Trunk{}, fmt.Errorf("codecs: %w", err)
		}
		codecs = append(codecs, codec)
	}
	return sip.Trunk{
		Name: t.Name, Address: t.Address, Sources: t.Sources, Username: t.Username, Password: password,
		Domain: t.Domain, Codecs: codecs, Allow: t.Allow, MaxCalls: t.MaxCalls, Region: t.Region, Options: t.Keepalive,
	}, nil
}

// planTrunk is a trunk as the plan knows it.
func (s *service) planTrunk(state sip.TrunkState) plan.Trunk {
	t := plan.Trunk{Name: state.Name, Up: state.Up}
	for _, c := range s.cfg.Trunks {
		if c.Name == state.Name {
			t.MaxCalls, t.PerSecond = c.MaxCalls, c.CallsPerSecond
		}
	}
	return t
}
