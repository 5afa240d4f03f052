package main

import (
	"errors"
	"fmt"
	"net/netip"

	"careline/sip/wire"
)

// transportConfig is how SIP is carried, besides UDP.
type transportConfig struct {
	TCP     *bool     `yaml:"tcp"` // listen for TCP too, where UDP is; empty: true
	TLS     tlsConfig `yaml:"tls"`
	Proxies []string  `yaml:"proxies"` // IPs of proxies of ours that agents' phones are behind; empty: none
	Local   []string  `yaml:"local"`   // prefixes that see the address listened on, not the external one; empty: the private ones
}

// tlsConfig is how SIP is spoken over TLS. The files are read again when they
// change.
type tlsConfig struct {
	Listen        string `yaml:"listen"`         // ip:port, usually of 5061; empty: nobody can connect by TLS
	Certificate   string `yaml:"certificate"`    // PEM file
	Key           string `yaml:"key"`            // PEM file
	CA            string `yaml:"ca"`             // PEM file of trusted authorities; empty: the system's
	RequireClient bool   `yaml:"require_client"` // those who connect must show a certificate that ca signed
}

// private are the prefixes of inner networks.
var private = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10",
}

// check tells what is wrong with how SIP is carried.
func (t transportConfig) check() error {
	_, err := t.prefixes()
	_, bad := t.proxies()
	return errors.Join(err, bad, t.TLS.check())
}

func (t tlsConfig) check() error {
	_, err := netip.ParseAddrPort(t.Listen)
	switch {
	case t.Listen != "" && err != nil:
		return fmt.Errorf("sip.tls.listen: %q is no ip:port, as 0.0.0.0:5061", t.Listen)
	case t.Listen != "" && t.Certificate == "":
		return errors.New("sip.tls.certificate: is needed to listen")
	case (t.Certificate == "") != (t.Key == ""):
		return errors.New("sip.tls: certificate and key are needed together")
	case t.RequireClient && t.CA == "":
		return errors.New("sip.tls.ca: is needed to check the certificates of others")
	}
	return nil
}

// prefixes are those who see the address listened on.
func (t transportConfig) prefixes() ([]netip.Prefix, error) {
	texts := t.Local
	if texts == nil {
		texts = private
	}
	list := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("sip.local: %q is no prefix, as 10.0.0.0/8", text)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// proxies are those in front of phones.
func (t transportConfig) proxies() ([]netip.Addr, error) {
	list := make([]netip.Addr, 0, len(t.Proxies))
	for i, text := range t.Proxies {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.IsUnspecified() {
			return nil, fmt.Errorf("sip.proxies[%d]: %q is no IP of a machine, as 10.0.0.5", i, text)
		}
		list = append(list, ip.Unmap())
	}
	return list, nil
}

// secure is how TLS proves who is who.
func (t tlsConfig) secure() wire.Secure {
	return wire.Secure{Certificate: t.Certificate, Key: t.Key, CA: t.CA, RequireClient: t.RequireClient}
}

// listeners says where SIP is listened for: at an address, by UDP and what else
// is configured.
func (t transportConfig) listeners(address string) string {
	text := "udp " + address
	if t.TCP == nil || *t.TCP {
		text = "udp and tcp " + address
	}
	if t.TLS.Listen != "" {
		text += ", tls " + t.TLS.Listen
	}
	return text
}
