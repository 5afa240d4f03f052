package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"careline/sip/sdp"
	"careline/sip/session"
	"careline/sip/wire"
)

// errFamily is returned for a peer whose sound goes by IPv4 or IPv6 where ours
// does not.
var errFamily = errors.New("no address of its family is listened on")

// ports are those for sound, of each family; nil: none.
type ports struct {
	v4, v6 *session.Ports
}

// of are the ports for a peer; for one that is not known yet those of IPv4, or
// whichever there are.
func (p ports) of(peer netip.Addr) *session.Ports {
	switch {
	case peer.Is6(), !peer.IsValid() && p.v4 == nil:
		return p.v6
	default:
		return p.v4
	}
}

// openPorts sets up the ports for sound on the addresses that SIP listens on: of
// both families where that is [::].
func (d *Driver) openPorts() (ports, error) {
	var p ports
	at := d.end.Addr().Addr().Unmap()
	o := session.PortOptions{First: d.opt.Ports.First, Last: d.opt.Ports.Last, Drain: d.opt.PortRest}
	for _, host := range []string{d.opt.Host, d.opt.Host6} {
		ip, err := netip.ParseAddr(host)
		switch {
		case host == "":
		case err != nil:
			return p, fmt.Errorf("host %q is no IP address; sound needs one", host)
		default:
			d.public = append(d.public, ip.Unmap())
		}
	}
	var err error
	if at.Is4() || at.IsUnspecified() {
		v4 := at
		if at.Is6() {
			v4 = netip.IPv4Unspecified()
		}
		if p.v4, err = session.NewPorts(v4, o); err != nil {
			return p, err
		}
	}
	if at.Is6() {
		if p.v6, err = session.NewPorts(at, o); err != nil {
			return p, err
		}
	}
	return p, nil
}

// openSound opens the sound of a call whose signalling comes from via and whose
// sound, as far as was said, is received at the address told.
func (d *Driver) openSound(ctx context.Context, o session.Options, via, told netip.Addr) (*session.Session, error) {
	via = via.Unmap()
	peer := told
	if !told.IsValid() || told.Is4() == via.Is4() {
		peer = via // our address as its host sees it
	}
	list := d.ports.of(peer)
	if list == nil {
		return nil, fmt.Errorf("sound for %s: %w", peer, errFamily)
	}
	o.Via, o.Shown = via, d.shownTo(peer)
	sess, err := session.Open(ctx, list, d.clock, o)
	if err != nil {
		return nil, fmt.Errorf("open sound: %w", err)
	}
	return sess, nil
}

// shownTo is our address for sound as the machine at peer shall see it; the zero
// value: the one listened on.
func (d *Driver) shownTo(peer netip.Addr) netip.Addr {
	inside := slices.ContainsFunc(d.opt.Local, func(p netip.Prefix) bool { return p.Contains(peer) })
	if ip := d.publicTo(peer); ip.IsValid() && !inside {
		return ip
	}
	if d.end.Addr().Addr().IsUnspecified() {
		return wire.LocalAddr(peer)
	}
	return netip.Addr{}
}

// publicTo is the external address that a peer can send to; the zero value without.
func (d *Driver) publicTo(peer netip.Addr) netip.Addr {
	for _, ip := range d.public {
		if ip.Is4() == peer.Is4() || !peer.IsValid() {
			return ip
		}
	}
	return netip.Addr{}
}

// soundAddr is where an offer says that its first sound is received; the zero
// value where it does not.
func soundAddr(offer []byte) netip.Addr {
	desc, err := sdp.Parse(offer)
	if err != nil {
		return netip.Addr{}
	}
	return desc.SoundAddr()
}
