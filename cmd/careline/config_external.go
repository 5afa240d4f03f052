package main

import (
	"fmt"
	"net/netip"

	"go.yaml.in/yaml/v3"
)

// externals are the addresses that others see: one, or a list.
type externals []string

// UnmarshalYAML reads either.
func (a *externals) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return n.Decode((*[]string)(a))
	}
	var one string
	if err := n.Decode(&one); err != nil {
		return err
	}
	if one != "" {
		*a = externals{one}
	}
	return nil
}

// check says what is wrong with external addresses: there is at most one of each
// kind.
func (a externals) check() error {
	first := make(map[bool]string) // by whether it is of IPv4
	for _, text := range a {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("%q is no IP address, as 203.0.113.10", text)
		}
		if other, taken := first[ip.Unmap().Is4()]; taken {
			return fmt.Errorf("%s and %s are of one kind; write one of IPv4 and one of IPv6", other, text)
		}
		first[ip.Unmap().Is4()] = text
	}
	return nil
}

// host is the first.
func (a externals) host() string {
	if len(a) == 0 {
		return ""
	}
	return a[0]
}

// host6 is the other.
func (a externals) host6() string {
	if len(a) < 2 {
		return ""
	}
	return a[1]
}
