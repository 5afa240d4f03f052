package sip

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/campaigns"
)

// follows says why a call by the trunk may not follow a redirect: it must lead to
// the number that was dialed, at a host of the carrier. Who else is called, and
// by whom, is not for a carrier's answer to decide.
func (t *trunk) follows(leg campaigns.Leg) error {
	var first, moved sipmsg.Uri
	if err := sipmsg.ParseUri(leg.Target, &first); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if err := sipmsg.ParseUri(leg.Moved, &moved); err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	was, _, _ := strings.Cut(first.User, ";") // what follows, such as rn=, tells of a ported number
	is, _, _ := strings.Cut(moved.User, ";")
	switch {
	case was != is:
		return fmt.Errorf("it leads to another number than was dialed")
	case !t.hosts(moved.Host):
		return fmt.Errorf("%s is not known as a host of trunk %s: neither its address nor its domain or sources name it", moved.Host, t.Name)
	}
	return nil
}

// hosts reports whether a host is the carrier's.
func (t *trunk) hosts(host string) bool {
	host = strings.Trim(host, "[]")
	if strings.EqualFold(strings.Trim(t.host(), "[]"), host) || strings.EqualFold(t.Domain, host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	is := func(a netip.AddrPort) bool { return a.Addr() == ip }
	return slices.ContainsFunc(t.sources, func(p netip.Prefix) bool { return p.Contains(ip) }) ||
		slices.ContainsFunc(t.exact, is) || slices.ContainsFunc(t.addrs, is)
}

// redirects returns what decides on a redirect of a call by a trunk; nil for a
// call to a phone, which follows none.
func (d *Driver) redirects(p *stages, w *way) func(context.Context, campaigns.Leg) error {
	t := d.trunks[p.order.Trunk]
	if t == nil || w.phone.Agent != "" {
		return nil
	}
	return func(ctx context.Context, leg campaigns.Leg) error {
		if err := t.follows(leg); err != nil {
			return err
		}
		if p.order.Progress != nil {
			if err := p.order.Progress(ctx, call.Progress{Stage: call.Moved, At: time.Now(), Leg: leg}); err != nil {
				return fmt.Errorf("note the redirect: %w", err)
			}
		}
		w.leg = leg
		return nil
	}
}
