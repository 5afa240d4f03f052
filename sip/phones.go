package sip

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
	"careline/sip/dialog"
)

// Phones lists the registered phones as they stand.
func (d *Driver) Phones() []PhoneState { return d.phones.state(time.Now()) }

// loadPhones takes up the registrations of an earlier run.
func (d *Driver) loadPhones(ctx context.Context) error {
	if d.opt.Bindings == nil {
		return nil
	}
	bindings, err := d.opt.Bindings.LoadBindings(ctx, time.Now())
	if err != nil {
		return fmt.Errorf("load registrations: %w", err)
	}
	known := bindings[:0]
	for _, b := range bindings {
		if _, ok := d.opt.Phones[b.Agent]; ok {
			known = append(known, b)
		}
	}
	d.phones.load(known)
	return nil
}

// watchPhones asks each registered phone again and again whether it is there,
// and forgets those that did not register again, until ctx ends.
func (d *Driver) watchPhones(ctx context.Context) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for {
		now := time.Now()
		for _, b := range d.phones.due(d.opt.ProbeEvery, now) {
			asking.Go(func() { d.probePhone(ctx, b) })
		}
		if gone := d.phones.lapse(now); len(gone) > 0 {
			d.keep(ctx, nil, gone)
			d.announce()
		}
		if !sleep(ctx, min(time.Second, d.opt.ProbeEvery/2)) {
			return
		}
	}
}

func (d *Driver) probePhone(ctx context.Context, b agents.Binding) {
	why, _ := d.ask(ctx, dialog.Question{Target: b.Contact, Route: d.routeTo(b), Path: dialog.Path(b.Path)})
	if ctx.Err() != nil {
		return
	}
	d.phones.heard(b, why == "")
	d.announce()
}

// routeTo is where requests to a phone go: by the connection that it has made,
// else as route says. A Contact at a trunk's address leads nowhere but back: what
// we send there the carrier would take for a call of ours.
func (d *Driver) routeTo(b agents.Binding) string {
	at, transport := cameFrom(b)
	if transport != "" && d.end.Wire().Connected(transport, at) {
		return b.Source + ";flow"
	}
	if to, ok := aims(b); ok && to != at && d.guard.isTrunk(to) {
		return back(b)
	}
	return route(b)
}

// route is where requests to a phone go: where its Contact points, unless that is
// an address behind a router, or to the first proxy of its Path. They go to the
// machine that the REGISTER came from in any case, as agents are not to choose
// whom the service calls.
func route(b agents.Binding) string {
	at, _ := cameFrom(b)
	if to, ok := aims(b); !ok || to.Addr() != at.Addr() {
		return back(b)
	}
	return dialog.Path(b.Path).Hop()
}

// back is where a REGISTER came from. Nobody can connect to there: by TCP and TLS
// a phone is gone that has closed its connection.
func back(b agents.Binding) string {
	if _, transport := cameFrom(b); transport != "" {
		return b.Source + ";flow"
	}
	return b.Source
}

// aims is the address that a phone asks to be called at, where it names one
// outright: the first proxy of its Path, or its Contact.
func aims(b agents.Binding) (netip.AddrPort, bool) {
	if b.Path != "" {
		return dialog.Path(b.Path).Addr()
	}
	var uri sipmsg.Uri
	if sipmsg.ParseUri(b.Contact, &uri) != nil {
		return netip.AddrPort{}, false
	}
	return dialog.AddrOf(&uri)
}

// cameFrom is where a phone's REGISTER came from, and by which transport; that
// is empty for UDP.
func cameFrom(b agents.Binding) (netip.AddrPort, string) {
	source, transport, _ := strings.Cut(b.Source, ";transport=")
	at, err := netip.ParseAddrPort(source)
	if err != nil {
		return netip.AddrPort{}, ""
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), strings.ToUpper(transport)
}

// announce has announcePhones look for changes.
func (d *Driver) announce() {
	select {
	case d.changed <- struct{}{}:
	default: // it will look anyway
	}
}

// announcePhones tells OnPresence of each change, in order, until ctx ends.
func (d *Driver) announcePhones(ctx context.Context) {
	told := make(map[string]bool)
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.changed:
		}
		up := d.phones.reachable(time.Now())
		for agent := range d.opt.Phones {
			if up[agent] == told[agent] {
				continue
			}
			told[agent] = up[agent]
			if d.opt.OnPresence != nil {
				d.opt.OnPresence(ctx, agent, up[agent])
			}
		}
	}
}
