package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

// hostedElsewhere says where to look at calls that are not listed, as they live at
// Twilio.
const hostedElsewhere = "Calls by Twilio are not listed: calls show ID or SID says what is known of one, Twilio's console (Monitor, Logs, Calls) the rest."

// errNoMessages is why nothing of SIP can be shown of a call.
var errNoMessages = fmt.Errorf("%w: the call lives at Twilio, and no SIP messages of it are here: leave out --messages and --pcap, and look at its SID in Twilio's console", errUsage)

// hostedCall is what is known of a call that lives at a carrier.
type hostedCall struct {
	fact    call.Fact
	rec     call.Record       // zero where nobody answered
	attempt campaigns.Attempt // zero where it is no campaign's
}

// findHosted finds a call that lives at a carrier, by its whole id, or by the
// carrier's name for it; store.ErrNotFound tells of none.
func findHosted(ctx context.Context, s *store.Store, name string) (h hostedCall, err error) {
	h.fact, err = s.HostedCall(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		var facts []call.Fact
		if facts, err = s.Facts(ctx, []string{name}); len(facts) > 0 {
			h.fact = facts[0]
		}
	}
	if err != nil {
		return h, err
	}
	h.attempt, _, err = s.Attempt(ctx, campaigns.AttemptID(cmp.Or(h.fact.ID, name)))
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return h, err
	case h.fact.ID == "" && h.attempt.Leg.Carrier == "":
		return h, store.ErrNotFound
	case h.fact.ID == "": // Twilio has told nothing
		h.fact.ID, h.fact.Trunk = name, h.attempt.Trunk
	}
	if h.rec, err = s.LoadCall(ctx, h.fact.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return h, err
	}
	return h, nil
}

// show prints a call that lives at a carrier.
func (h hostedCall) show(w io.Writer, c *callsShowCmd) error {
	switch {
	case c.Messages || c.Pcap != "":
		return errNoMessages
	case c.JSON:
		return json.NewEncoder(w).Encode(h.json())
	}
	fmt.Fprintf(w, "Call %s%s\n", h.fact.ID, prefixed(", ", timed(h.begun())))
	fmt.Fprintln(w, paragraph(h.story(), max(terminalWidth(w), 80)))
	if text := reception(h.attempt); text != "" {
		fmt.Fprintln(w, paragraph(text, max(terminalWidth(w), 80)))
	}
	if h.fact.Name == "" {
		fmt.Fprintln(w, "Twilio has told of no such call.")
		return nil
	}
	fmt.Fprintf(w, "SID %s; requests, errors and quality: Twilio's console, Monitor, Logs, Calls\n", h.fact.Name)
	return nil
}

// timed is a time as it stands in sentences; empty where there is none.
func timed(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// begun is when the call began; zero where that is not known.
func (h hostedCall) begun() time.Time {
	if !h.attempt.BegunAt.IsZero() {
		return h.attempt.BegunAt
	}
	return h.fact.AnsweredAt
}

// story says how the call went, in words.
func (h hostedCall) story() string {
	f, a := h.fact, h.attempt
	said := []string{"Call by Twilio, trunk " + f.Trunk}
	switch {
	case a.ID != "":
		said[0] = fmt.Sprintf("Call from %s to %s by Twilio, trunk %s, attempt %d", a.CallerID, a.Number, f.Trunk, a.Ordinal)
	case h.rec.ID != "":
		said[0] = fmt.Sprintf("%s call from %s to %s by Twilio, trunk %s", capital(string(h.rec.Direction)), cmp.Or(string(h.rec.From), "no number"), h.rec.To, f.Trunk)
	}
	if !f.AnsweredAt.IsZero() {
		said = append(said, "answered at "+f.AnsweredAt.Local().Format("15:04:05")+prefixed(" by ", f.AnsweredBy))
	}
	switch {
	case f.Phase < call.Over && a.EndedAt.IsZero():
		said = append(said, "it is not over, as far as Twilio has told")
	case f.Lasted > 0:
		said = append(said, fmt.Sprintf("up for %s", seconds(f.Lasted)))
	}
	if f.Status != "" {
		said = append(said, "Twilio says "+f.Status+prefixed(", SIP ", number(f.Code)))
	}
	if f.Trouble != 0 {
		said = append(said, fmt.Sprintf("error %d%s (https://www.twilio.com/docs/api/errors/%d)", f.Trouble, prefixed(": ", f.Text), f.Trouble))
	}
	if a.Disposition != "" {
		why := a.Evidence.Text
		if f.Status != "" {
			why = "" // Twilio's word, which is said already
		}
		said = append(said, "counted as "+string(a.Disposition)+prefixed(": ", why))
	}
	return strings.Join(said, "; ") + "."
}

// number is a number in words; empty for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// hostedJSON is a call that lives at a carrier, as programs read it.
type hostedJSON struct {
	ID          string                `json:"id"`
	Carrier     string                `json:"carrier"`
	SID         string                `json:"sid,omitempty"`
	Trunk       string                `json:"trunk"`
	From        string                `json:"from,omitempty"`
	To          string                `json:"to,omitempty"`
	Over        bool                  `json:"over"`
	AnsweredAt  time.Time             `json:"answered_at,omitzero"`
	AnsweredBy  string                `json:"answered_by,omitempty"`
	EndedAt     time.Time             `json:"ended_at,omitzero"`
	Status      string                `json:"status,omitempty"`
	Code        int                   `json:"sip_status,omitempty"`
	Error       int                   `json:"error,omitempty"`
	Disposition campaigns.Disposition `json:"disposition,omitempty"`
	Received    campaigns.Reception   `json:"received,omitzero"`
}

func (h hostedCall) json() hostedJSON {
	f := h.fact
	return hostedJSON{
		ID: f.ID, Carrier: twilioKind, SID: f.Name, Trunk: f.Trunk, Over: f.Phase >= call.Over || !h.attempt.EndedAt.IsZero(),
		From: cmp.Or(string(h.attempt.CallerID), string(h.rec.From)), To: cmp.Or(string(h.attempt.Number), h.rec.To),
		AnsweredAt: f.AnsweredAt, AnsweredBy: f.AnsweredBy, EndedAt: f.EndedAt, Status: f.Status, Code: f.Code, Error: f.Trouble,
		Disposition: h.attempt.Disposition, Received: h.attempt.Reception,
	}
}
