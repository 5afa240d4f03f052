package main

import (
	"net/netip"
	"net/url"
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
	for _, s := range w.SIPSources {
		d.source("webhooks", "sip_sources", s)
	}
}
