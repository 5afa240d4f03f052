package main

import (
	"net/netip"
	"net/url"
	"strings"
)

// webhooks looks at where Twilio asks what its calls shall do.
func (d *doctor) webhooks() {
	name := d.cfg.hosted()
	if name == "" {
		return
	}
	w := d.cfg.Webhooks
	d.port("webhooks.listen", "tcp", w.Listen)
	if at, err := netip.ParseAddrPort(w.Listen); err == nil && !at.Addr().IsLoopback() && !at.Addr().IsPrivate() {
		d.note("webhooks.listen", "requests are taken in the clear on "+w.Listen,
			"listen on loopback, or in the network of the proxy that has the certificate; signatures keep strangers out, not listeners")
	}
	if u, err := url.Parse(w.PublicURL); err == nil && u.Scheme != "https" {
		d.note("webhooks.public_url", w.PublicURL+" is not encrypted, and nobody but this machine can reach it", "write the https URL that Twilio shall call")
	} else {
		d.good("webhooks.public_url", w.PublicURL+"; whether Twilio reaches it says: careline trunk test "+name)
	}
	if w.SIP == "" && len(d.cfg.Queues) > 0 {
		d.note("webhooks.sip", "is empty: who calls by Twilio can be brought to no agent's phone here", "write this machine's address as Twilio reaches it, as sip:calls.example.com:5061;transport=tls")
	}
	d.broughtHere()
	for _, s := range w.SIPSources {
		d.source("webhooks", "sip_sources", s)
	}
}

// broughtHere looks at whether the service listens as webhooks.sip promises Twilio,
// which brings callers to agents there.
func (d *doctor) broughtHere() {
	w, listen := d.cfg.Webhooks, d.cfg.SIP.Listen
	if w.SIP == "" {
		return
	}
	switch transport := transportOf(w.SIP); {
	case transport == "tls":
		if listen = d.cfg.SIP.TLS.Listen; listen == "" {
			d.bad("webhooks.sip", w.SIP+" says TLS, and nothing listens for that", "set sip.tls, with a certificate of that name that browsers trust, or write the address of sip.listen without transport=tls")
			return
		}
	case transport == "tcp" && d.cfg.SIP.TCP != nil && !*d.cfg.SIP.TCP:
		d.bad("webhooks.sip", w.SIP+" says TCP, and sip.tcp is off", "set sip.tcp: true")
		return
	}
	if at, err := netip.ParseAddrPort(listen); err == nil && at.Addr().IsLoopback() {
		d.note("webhooks.sip", "Twilio shall bring callers to "+w.SIP+", and "+listen+" can be reached from this machine alone", "listen on 0.0.0.0, and open the firewall for Twilio's ranges")
		return
	}
	d.good("webhooks.sip", w.SIP)
}

// transportOf is by what a SIP address is to be reached.
func transportOf(address string) string {
	for _, p := range strings.Split(strings.ToLower(address), ";")[1:] {
		if by, ok := strings.CutPrefix(p, "transport="); ok {
			return by
		}
	}
	return "udp"
}
