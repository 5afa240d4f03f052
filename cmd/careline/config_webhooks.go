package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// webhooksConfig is where Twilio asks what its calls shall do.
type webhooksConfig struct {
	Listen     string   `yaml:"listen"`      // ip:port, for HTTP from a proxy that has the certificate; empty: 127.0.0.1:8080
	PublicURL  string   `yaml:"public_url"`  // what Twilio calls it; needed once there is a trunk of kind twilio
	QueuesURL  string   `yaml:"queues_url"`  // of the node that runs the queues; empty: public_url
	SIP        string   `yaml:"sip"`         // our address for callers who are brought to an agent's phone, as sip:calls.example.com:5061;transport=tls
	SIPSources []string `yaml:"sip_sources"` // where these come from; empty: Twilio's ranges

	Proof time.Duration `yaml:"proof"` // of a call whose request was not answered, until it is given up as unknown; 0: 10m
	Quiet time.Duration `yaml:"quiet"` // of a running call without news, until Twilio is asked; 0: 1m
}

// defaultWebhooks is where requests are listened for.
const defaultWebhooks = "127.0.0.1:8080"

// check tells what is wrong with where Twilio asks.
func (w webhooksConfig) check(needed string) error {
	var errs []error
	if _, err := netip.ParseAddrPort(w.Listen); w.Listen != "" && err != nil {
		errs = append(errs, fmt.Errorf("webhooks.listen: %q is no ip:port, as 127.0.0.1:8080", w.Listen))
	}
	if needed != "" && w.PublicURL == "" {
		errs = append(errs, fmt.Errorf("webhooks.public_url: is needed by trunk %s: Twilio asks there what its calls shall do, as https://calls.example.com", needed))
	}
	if err := checkURL(w.PublicURL); err != nil {
		errs = append(errs, fmt.Errorf("webhooks.public_url: %w", err))
	}
	if err := checkURL(w.QueuesURL); err != nil {
		errs = append(errs, fmt.Errorf("webhooks.queues_url: %w", err))
	}
	scheme, rest, _ := strings.Cut(w.SIP, ":")
	if w.SIP != "" && (scheme != "sip" || rest == "" || strings.ContainsAny(rest, "@? \t")) {
		errs = append(errs, fmt.Errorf("webhooks.sip: %q is no address of ours, as sip:calls.example.com:5061;transport=tls", w.SIP))
	} else if by := transportOf(w.SIP); !slices.Contains([]string{"udp", "tcp", "tls"}, by) {
		errs = append(errs, fmt.Errorf("webhooks.sip: transport %q is not known; there are udp, tcp and tls", by))
	}
	for _, span := range []struct {
		key string
		is  time.Duration
	}{{"proof", w.Proof}, {"quiet", w.Quiet}} {
		if span.is != 0 && (span.is < time.Second || span.is > time.Hour) {
			errs = append(errs, fmt.Errorf("webhooks.%s: %v is not a time from 1s to 1h", span.key, span.is))
		}
	}
	for i, s := range w.SIPSources {
		if _, err := source(s); err != nil {
			errs = append(errs, fmt.Errorf("webhooks.sip_sources[%d]: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// source is an address, or a prefix of them.
func source(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no address or prefix, as 54.171.127.192/30", s)
	}
	return p.Masked(), nil
}

// sources are where callers come from who are brought to an agent's phone; none:
// Twilio's ranges.
func (w webhooksConfig) sources() []netip.Prefix {
	list := make([]netip.Prefix, 0, len(w.SIPSources))
	for _, s := range w.SIPSources {
		if p, err := source(s); err == nil { // all were checked
			list = append(list, p)
		}
	}
	return list
}

func (w webhooksConfig) withDefaults() webhooksConfig {
	w.Listen = cmp.Or(w.Listen, defaultWebhooks)
	w.PublicURL, w.QueuesURL = strings.TrimRight(w.PublicURL, "/"), strings.TrimRight(w.QueuesURL, "/")
	return w
}

// hosted is the first trunk whose calls live elsewhere, and ask by webhooks;
// empty: none.
func (c config) hosted() string {
	i := slices.IndexFunc(c.Trunks, func(t trunkConfig) bool { return t.Kind == twilioKind })
	if i < 0 {
		return ""
	}
	return c.Trunks[i].Name
}
