package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"careline/phone"
)

// leastKeepalive is how often a carrier may be asked whether it is there.
const leastKeepalive = time.Second

// hostSigns are those that names of hosts are made of.
const hostSigns = "abcdefghijklmnopqrstuvwxyz0123456789.-_"

// checkPlace looks at where a carrier is, and at how it is spoken to there.
func (t trunkConfig) checkPlace() error {
	if err := checkHost(t.Address); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	for _, s := range t.Sources {
		if !isSource(s) {
			return fmt.Errorf("sources: %q is no address, address:port or prefix, as 203.0.113.0/24", s)
		}
	}
	switch {
	case t.Password != "" && t.Username == "":
		return errors.New("password: is of no use without a username; write both, or neither")
	case t.Keepalive > 0 && t.Keepalive < leastKeepalive:
		return fmt.Errorf("keepalive: %v is less than %v; write 30s, or -1s to ask nothing", t.Keepalive, leastKeepalive)
	}
	return nil
}

// checkHost tells whether it is a host, an IP address, or either with a port.
func checkHost(s string) error {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return nil
	}
	host := s
	port := "5060"
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	}
	_, bad := netip.ParseAddr(host)
	if n, wrong := strconv.Atoi(port); wrong == nil && (n < 1 || n > 65535) {
		return fmt.Errorf("%q is no port from 1 to 65535", port)
	} else if wrong != nil || host == "" || bad != nil && strings.Trim(strings.ToLower(host), hostSigns) != "" {
		return fmt.Errorf("%q is no host or host:port, as sip.carrier.example or 203.0.113.5:5060", s)
	}
	return nil
}

// isSource tells whether calls can come from there.
func isSource(s string) bool {
	_, noAddress := netip.ParseAddr(s)
	_, noPrefix := netip.ParsePrefix(s)
	_, noPort := netip.ParseAddrPort(s)
	return noAddress == nil || noPrefix == nil || noPort == nil
}

func checkRegion(region string) error {
	if region != "" && !phone.IsRegion(region) {
		return fmt.Errorf("%q is no country in two letters, as GB or CN", region)
	}
	return nil
}

// checkPlaces looks at where the service itself is, and at what it answers.
func (c config) checkPlaces() error {
	var errs []error
	if err := checkRegion(c.Region); err != nil {
		errs = append(errs, fmt.Errorf("region: %w", err))
	}
	if err := c.SIP.External.check(); err != nil {
		errs = append(errs, fmt.Errorf("sip.external: %w", err))
	}
	if c.Drain < 0 {
		errs = append(errs, fmt.Errorf("drain: %v is below 0; write 30s, or 1s to wait for nobody", c.Drain))
	}
	return errors.Join(append(errs, c.checkTwice()...)...)
}

// checkTwice looks for names and numbers that two have.
func (c config) checkTwice() (errs []error) {
	first := make(map[string]int)
	for i, t := range c.Trunks {
		if j, taken := first[t.Name]; taken && t.Name != "" {
			errs = append(errs, fmt.Errorf("trunks[%d].name: %q is the name of trunks[%d] already", i, t.Name, j))
		}
		first[t.Name] = i
	}
	first = make(map[string]int)
	for i, d := range c.DIDs {
		if j, taken := first[d.Number]; taken && d.Number != "" {
			errs = append(errs, fmt.Errorf("dids[%d].number: %q is that of dids[%d] already", i, d.Number, j))
		}
		first[d.Number] = i
	}
	return errs
}
