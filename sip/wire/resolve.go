package wire

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// DNS answers what Resolve asks. *net.Resolver does.
type DNS interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Resolve finds the machines behind an address in the order in which they shall
// be tried (RFC 3263): by SRV where no port is given, else by A and AAAA. address
// is written as a Heading is. NAPTR is not asked: a transport that is not
// named is UDP, or TCP where only that has SRV records.
func Resolve(ctx context.Context, dns DNS, address string) ([]Hop, error) {
	h, err := ReadHeading(address)
	if err != nil {
		return nil, err
	}
	return h.resolve(ctx, dns)
}

func (h Heading) resolve(ctx context.Context, dns DNS) ([]Hop, error) {
	usual := h.Transport
	if usual == "" {
		usual = "UDP"
	}
	if ip, ok := h.Address(); ok {
		return []Hop{h.hop(usual, ip, h.Port)}, nil
	}
	if h.Port == 0 {
		hops, err := h.services(ctx, dns)
		if len(hops) > 0 || err != nil {
			return hops, err
		}
	}
	hops, err := h.hosts(ctx, dns, usual, h.Host, h.Port)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", h.Host, err)
	}
	return hops, nil
}

// hop is one machine of a heading; its certificate has to be for the heading's
// name, as DNS may lie.
func (h Heading) hop(transport string, ip netip.Addr, port int) Hop {
	if port == 0 {
		port = usualPort(transport)
	}
	hop := Hop{Transport: transport, Addr: netip.AddrPortFrom(ip.Unmap(), uint16(port))}
	if transport == "TLS" {
		hop.Name = h.certified()
	}
	return hop
}

// service is one kind of SRV record.
type service struct{ name, proto, transport string }

// services asks for SRV records; none is no error.
func (h Heading) services(ctx context.Context, dns DNS) ([]Hop, error) {
	all := []service{{"sip", "udp", "UDP"}, {"sip", "tcp", "TCP"}, {"sips", "tcp", "TLS"}}
	for _, s := range all {
		if h.Transport != s.transport && (h.Transport != "" || s.transport == "TLS") {
			continue
		}
		_, records, err := dns.LookupSRV(ctx, s.name, s.proto, h.Host)
		if isNotFound(err) || err == nil && len(records) == 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find the servers of %s: %w", h.Host, err)
		}
		return h.servers(ctx, dns, s, records)
	}
	return nil, nil
}

// servers looks up the machines that SRV records name.
func (h Heading) servers(ctx context.Context, dns DNS, s service, records []*net.SRV) (hops []Hop, err error) {
	if len(records) == 1 && strings.Trim(records[0].Target, ".") == "" {
		return nil, fmt.Errorf("find the servers of %s: it does not take %s", h.Host, s.transport)
	}
	var errs []error
	for _, r := range orderSRV(records, rand.IntN) {
		found, err := h.hosts(ctx, dns, s.transport, strings.TrimSuffix(r.Target, "."), int(r.Port))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		hops = append(hops, found...)
	}
	if len(hops) == 0 {
		return nil, fmt.Errorf("find the servers of %s: %w", h.Host, errors.Join(errs...))
	}
	return hops, nil
}

// hosts looks up the addresses of a machine.
func (h Heading) hosts(ctx context.Context, dns DNS, transport, host string, port int) ([]Hop, error) {
	ips, err := dns.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	hops := make([]Hop, len(ips))
	for i, ip := range ips {
		hops[i] = h.hop(transport, ip, port)
	}
	return hops, nil
}

// orderSRV puts records in the order in which they shall be tried (RFC 2782):
// the lowest priority first, and among equals each one first as often as its
// weight says. pick returns a number below n.
func orderSRV(records []*net.SRV, pick func(n int) int) []*net.SRV {
	left := slices.Clone(records)
	slices.SortStableFunc(left, func(a, b *net.SRV) int { return int(a.Priority) - int(b.Priority) })
	ordered := make([]*net.SRV, 0, len(left))
	for len(left) > 0 {
		i := drawSRV(left, pick)
		ordered = append(ordered, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return ordered
}

// drawSRV picks one of those records that share the lowest priority. Those
// without weight come when no other is left.
func drawSRV(left []*net.SRV, pick func(n int) int) int {
	same, sum := 0, 0
	for same < len(left) && left[same].Priority == left[0].Priority {
		sum += int(left[same].Weight)
		same++
	}
	if sum == 0 {
		return pick(same)
	}
	n := pick(sum)
	for i, r := range left[:same] {
		if n -= int(r.Weight); n < 0 {
			return i
		}
	}
	return same - 1
}
