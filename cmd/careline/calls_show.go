package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"careline/call"
	"careline/campaigns"
	"careline/sip/trace"
	"careline/store"
)

// callsShowCmd shows how one call went.
type callsShowCmd struct {
	ID       string `arg:"" help:"The call's id as calls list shows it, its beginning or end, the SIP Call-ID, or Twilio's SID."`
	Messages bool   `help:"Print the messages whole."`
	Pcap     string `type:"path" placeholder:"FILE" help:"Write the messages to a file for Wireshark and tshark; - is standard output. Each is written as a UDP packet, whatever it came by."`
	JSON     bool   `name:"json" help:"Print JSON, with the messages whole."`
}

// shown is a call with the legs that served it.
type shown struct {
	legs []call.Trace // the call's own first
	logs []trace.Log

	received campaigns.Attempt // of a campaign's call, how the callee was received
	spoken   spoken
}

// Run shows the call.
func (c *callsShowCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		v, err := c.find(a, s)
		if err != nil {
			return err
		}
		if (c.Messages || c.Pcap != "") && !v.onWire() {
			return errNoMessages
		}
		if c.Pcap == "-" {
			return trace.WritePcap(a.out, v.logs...)
		}
		if c.Pcap != "" {
			if err := v.save(c.Pcap); err != nil {
				return err
			}
		}
		if c.JSON {
			return v.printJSON(a.out)
		}
		if err := v.print(a.out, terminalWidth(a.out)); err != nil {
			return err
		}
		if c.Messages {
			v.printMessages(a.out)
		}
		if c.Pcap != "" {
			fmt.Fprintf(a.out, "Packets for Wireshark are in %s.\n", c.Pcap)
		}
		return nil
	})
}

// find reads the call that is meant, with its legs.
func (c *callsShowCmd) find(a *app, s *store.Store) (shown, error) {
	found, err := s.FindTraces(a.ctx, c.ID)
	switch {
	case err != nil:
		return shown{}, err
	case len(found) == 0:
		return shown{}, fmt.Errorf("no call %s is kept; those that are: careline calls list", c.ID)
	case len(found) > 1:
		var ids []string
		for _, t := range found {
			ids = append(ids, "  "+t.ID)
		}
		return shown{}, fmt.Errorf("%s may be more than one call; say more of its id:\n%s", c.ID, strings.Join(ids, "\n"))
	}
	var v shown
	if t, _, bad := s.Attempt(a.ctx, campaigns.AttemptID(cmp.Or(found[0].Serves, found[0].ID))); bad == nil {
		v.received = t
	}
	v.legs, err = s.TraceLegs(a.ctx, cmp.Or(found[0].Serves, found[0].ID))
	if err == nil && len(v.legs) == 0 { // the call that it served is not kept
		v.legs, err = s.TraceLegs(a.ctx, found[0].ID)
	}
	for _, t := range v.legs {
		l, bad := trace.Decode(t.Messages)
		if bad != nil {
			return shown{}, fmt.Errorf("read the messages of call %s: %w", t.ID, bad)
		}
		v.logs = append(v.logs, l)
	}
	if err == nil {
		v.spoken, err = spokenIn(a, s, v.legs[0])
	}
	return v, err
}

// onWire tells whether anything of the call went by messages of ours.
func (v shown) onWire() bool {
	return slices.ContainsFunc(v.legs, func(t call.Trace) bool { return !t.Hosted() })
}

// save writes a file for Wireshark.
func (v shown) save(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // numbers are in it
	if err != nil {
		return fmt.Errorf("create the file of packets: %w", err)
	}
	if err := trace.WritePcap(file, v.logs...); err != nil {
		return errClose(file, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write the file of packets: %w", err)
	}
	return nil
}

func (v shown) printJSON(w io.Writer) error {
	out := newCallJSON(v.legs[0], v.logs[0])
	legs := make([]callJSON, 0, len(v.legs))
	for i, t := range v.legs[1:] {
		legs = append(legs, newCallJSON(t, v.logs[i+1]))
	}
	return json.NewEncoder(w).Encode(struct {
		callJSON
		Received campaigns.Reception `json:"received,omitzero"`
		spoken
		Legs []callJSON `json:"legs,omitempty"`
	}{out, v.received.Reception, v.spoken, legs})
}

// print says how the call went in words, and draws it.
func (v shown) print(w io.Writer, width int) error {
	legs := make([]trace.Leg, 0, len(v.legs))
	for i, t := range v.legs {
		if t.Hosted() {
			continue
		}
		legs = append(legs, trace.Leg{Party: cmp.Or(t.Phone, t.Trunk, "far end"), Log: v.logs[i]})
	}
	first := v.legs[0]
	fmt.Fprintf(w, "Call %s, %s\n", first.ID, first.BegunAt.Local().Format("2006-01-02 15:04:05 MST"))
	for _, t := range v.legs {
		fmt.Fprintln(w, paragraph(story(t), max(width, 80)))
	}
	if text := reception(v.received); text != "" {
		fmt.Fprintln(w, paragraph(text, max(width, 80)))
	}
	if first.Hosted() {
		printCarrier(w, first)
	}
	v.spoken.print(w)
	switch {
	case first.Hosted():
		printElsewhere(w, first)
	case first.SIPCallID != "":
		fmt.Fprintf(w, "SIP Call-ID %s\n", first.SIPCallID)
	}
	if len(legs) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return trace.WriteLadder(w, legs, width)
}

// printMessages prints all messages whole.
func (v shown) printMessages(w io.Writer) {
	for i, t := range v.legs {
		for _, m := range v.logs[i].Messages {
			arrow := "<-"
			if m.Sent {
				arrow = "->"
			}
			fmt.Fprintf(w, "\n%s %s %s %s %s %s\n", m.At.Local().Format("15:04:05.000"), cmp.Or(t.Phone, t.Trunk), m.Local, arrow, m.Remote, m.Transport)
			fmt.Fprintln(w, strings.TrimRight(printable(string(m.Data)), "\n"))
			if m.Cut > 0 {
				fmt.Fprintf(w, "(%d bytes left out)\n", m.Cut)
			}
		}
	}
}

// printable is a text from the network as a terminal may be given it: without
// what would move its cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case !unicode.IsPrint(r):
			return '.'
		}
		return r
	}, strings.ToValidUTF8(s, "."))
}

// story says in one or two sentences what became of a leg.
func story(t call.Trace) string {
	var b strings.Builder
	b.WriteString(who(t))
	if t.Detail.Attested != "" {
		fmt.Fprintf(&b, " [%s]", t.Detail.Attested)
	}
	if t.EndedAt.IsZero() {
		return printable(b.String()) + ": it goes on."
	}
	if t.AnsweredAt.IsZero() {
		fmt.Fprintf(&b, ": %s%s%s.", t.Disposition, after(t.EndedAt, t), because(t))
		return printable(b.String())
	}
	fmt.Fprintf(&b, ": answered%s, up for %s; %s", after(t.AnsweredAt, t), seconds(t.EndedAt.Sub(t.AnsweredAt)), cmp.Or(t.Detail.Why, endings[t.Detail.Ending], "it ended"))
	if t.Detail.Reason != "" {
		fmt.Fprintf(&b, " (%s)", t.Detail.Reason)
	}
	b.WriteString(".")
	if s := t.Detail.Sound; s != nil {
		fmt.Fprintf(&b, " Sound: %d packets sent, %d received, %d lost%s, jitter %.1f ms.", s.Sent, s.Received, s.Lost, share(s), s.JitterMS)
		b.WriteString(farSide(s))
	}
	return printable(b.String())
}

// endings are how a call ended of which no more is known, in words.
var endings = map[call.Ending]string{call.ByFlow: "we hung up", call.ByCaller: "the far end hung up"}

// farSide is what the far end told of our sound by RTCP, and whether it was
// encrypted.
func farSide(s *call.Sound) string {
	var text string
	if s.Told > 0 {
		text = fmt.Sprintf(" The far end told of %d lost, jitter %.1f ms", s.PeerLost, s.PeerJitterMS)
		if s.RTTMS > 0 {
			text += fmt.Sprintf(", %.0f ms there and back", s.RTTMS)
		}
		text += "."
	}
	if s.Secure {
		text += " It was encrypted."
	}
	return text
}

// who is the two ends of a leg.
func who(t call.Trace) string {
	from, to := cmp.Or(t.From, "somebody"), cmp.Or(t.To, "nobody")
	switch {
	case t.Direction == call.Outbound && t.Phone != "":
		return fmt.Sprintf("Leg to the phone of %s, who is shown %s", t.Phone, from)
	case t.Phone != "":
		return fmt.Sprintf("Call from the phone of %s to %s", t.Phone, to)
	default:
		return fmt.Sprintf("%s call from %s to %s by trunk %s", capital(string(t.Direction)), from, to, cmp.Or(t.Trunk, "(none)"))
	}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// after is how long a leg took until then.
func after(then time.Time, t call.Trace) string {
	if t.SIPCallID == "" && !t.Hosted() || then.Before(t.BegunAt) {
		return ""
	}
	return " after " + seconds(then.Sub(t.BegunAt))
}

// because is what the end of an unanswered leg was read from.
func because(t call.Trace) string {
	e := t.Detail.Evidence
	var parts []string
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("SIP %d", e.Status))
	}
	if e.Cause != 0 {
		parts = append(parts, fmt.Sprintf("Q.850 cause %d", e.Cause))
	}
	if e.Heard != "" {
		parts = append(parts, "heard "+e.Heard)
	}
	if e.RetryAfter != 0 {
		parts = append(parts, fmt.Sprintf("retry after %d s", e.RetryAfter))
	}
	if text := cmp.Or(e.Text, t.Detail.Why); text != "" {
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// share is the share of packets that were lost.
func share(s *call.Sound) string {
	if s.Lost == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.1f %%)", 100*float64(s.Lost)/float64(s.Lost+s.Received))
}

// paragraph breaks a text at blanks so that it fits a width.
func paragraph(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n  ")
			column = 2
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
