package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"careline/phone"
	"careline/sip/sdp"
)

// opening is what is open to whom.
type opening struct {
	Who   string `json:"who"`
	Where string `json:"where"`
	May   string `json:"may"`
}

// printOpenings prints what is open to whom.
func printOpenings(out io.Writer, list []opening) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(out, "\nWhat is open to whom:")
	for _, o := range list {
		fmt.Fprintf(out, "  %s, %s\n", o.Who, o.Where)
		fmt.Fprint(out, hang("      may ", o.May, terminalWidth(out)))
	}
}

// openings lists who may send what.
func (d *doctor) openings() []opening {
	list := []opening{{"strangers", d.cfg.SIP.listeners(d.cfg.SIP.Listen), "do nothing: all is dropped unread"}}
	if len(d.cfg.Agents) > 0 {
		list[0].May = "register a phone with its password, slowly; 5 wrong ones lock the name out, 10 ban the source; all else is dropped unread"
		list = append(list, opening{"phones", "where they have registered, with their password each time", d.phonesMay()})
		for _, p := range d.cfg.SIP.Proxies {
			list = append(list, opening{"proxy " + p, "from there", "bring what phones behind it send, which prove themselves as all phones do; it is never banned"})
		}
	}
	if at := d.cfg.Webhooks; d.cfg.hosted() != "" {
		list = append(list, opening{"Twilio", "at " + at.Listen + ", as " + at.PublicURL, "move the calls of its trunks, by requests that the account's token signs; all else is refused"})
	}
	for _, t := range d.cfg.Trunks {
		if t.Kind == twilioKind {
			list = append(list, opening{"trunk " + t.Name, "by signed requests", "bring calls to " + d.numbers() + " and back to campaigns; no number outside"})
			continue
		}
		from := append([]string{t.Address}, t.Sources...)
		list = append(list, opening{"trunk " + t.Name, "from " + strings.Join(from, ", "), "call " + d.numbers() + " and campaigns back; no number outside"})
	}
	for _, t := range d.cfg.Trunks {
		list = append(list, opening{"the service", "by trunk " + t.Name, destinations(t)})
	}
	return list
}

func (d *doctor) numbers() string {
	if len(d.cfg.DIDs) == 0 {
		return "no number (dids is empty)"
	}
	list := make([]string, 0, len(d.cfg.DIDs))
	for _, n := range d.cfg.DIDs {
		list = append(list, n.Number)
	}
	return strings.Join(list, ", ")
}

func (d *doctor) phonesMay() string {
	may := "dial " + d.numbers() + " and feature codes; no number outside"
	if t := d.cfg.Transfer.Trunk; t != "" {
		may = "dial " + d.numbers() + " and feature codes; transfer a caller to the numbers of trunk " + t
	}
	return may
}

// destinations are where a trunk's calls may go.
func destinations(t trunkConfig) string {
	if len(t.Allow) == 0 {
		return "call nobody (allow is empty)"
	}
	closes, opens := t.Allow.Closes()
	text := "call " + strings.Join(t.Allow, " ")
	if len(closes) > 0 {
		text += fmt.Sprintf("; %d ranges known for fraud in there are closed", len(closes))
	}
	if len(opens) > 0 {
		text += "; open though known for fraud: " + ranges(opens)
	}
	if t.Caps.bounds() {
		text += "; at most " + t.Caps.String() + " a day"
	}
	return text
}

func ranges(list []phone.Closed) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = c.Prefix + " (" + c.What + ")"
	}
	return strings.Join(parts, ", ")
}

// widest are the prefixes of IPv4 and IPv6 that a carrier's calls may come from
// before it is worth a second look.
const widest4, widest6 = 20, 48

// security looks for doors that stand open wider than they need to.
func (d *doctor) security() {
	for _, t := range d.cfg.Trunks {
		for _, s := range t.Sources {
			d.source("trunk "+t.Name, "sources", s)
		}
		if _, opens := t.Allow.Closes(); len(opens) > 0 {
			d.note("trunk "+t.Name, "may call "+ranges(opens), "see that this is meant: such calls cost most when phones are stolen")
		}
		if len(t.CallerIDs) == 0 && len(t.Allow) > 0 && !t.local() {
			d.note("trunk "+t.Name, "campaigns may show any number there: caller_ids is empty", "list the numbers that you own at this carrier; others it may refuse, or the law forbid")
		}
		if security, err := sdp.ParseSecurity(t.SRTP); err == nil && security != sdp.Off && !strings.EqualFold(t.Transport, "tls") {
			d.bad("trunk "+t.Name, "its sound is encrypted with keys that SIP carries in the clear", "set transport: tls, or srtp: off")
		}
	}
	if s, err := sdp.ParseSecurity(d.cfg.SIP.PhonesSRTP); err == nil && s != sdp.Off && d.cfg.SIP.TLS.Listen == "" {
		d.bad("sip.phones_srtp", "phones' sound is encrypted with keys that SIP carries in the clear", "set sip.tls, and have the phones register by TLS")
	}
	d.certificate(d.cfg.SIP.TLS.secure())
}

// source looks at an address that a carrier's calls may come from.
func (d *doctor) source(step, key, source string) {
	p, err := netip.ParsePrefix(source)
	if err != nil {
		return // a single address, or refused with the configuration
	}
	most := widest4
	if p.Addr().Is6() {
		most = widest6
	}
	switch {
	case p.Bits() == 0:
		d.bad(step, "everybody may call in as the carrier: "+key+" has "+source, "write the carrier's own addresses")
	case p.Bits() < most:
		d.note(step, key+" has "+source+", which is wide", "write the carrier's own addresses")
	}
}

// soonOver is how long before its end a certificate is found fault with.
const soonOver = 7 * 24 * time.Hour

// checkCertificate says why a certificate cannot be used.
func checkCertificate(certificate, key string, now time.Time) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	switch {
	case err != nil:
		return fmt.Errorf("read the certificate: %w", err)
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate is not good before %s", leaf.NotBefore.Local().Format(time.DateTime))
	case now.Add(soonOver).After(leaf.NotAfter):
		return fmt.Errorf("the certificate is over on %s", leaf.NotAfter.Local().Format(time.DateTime))
	}
	return nil
}
