package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"careline/call"
)

// errNoMessages is why nothing of SIP can be shown of a call.
var errNoMessages = fmt.Errorf("%w: the call lives at Twilio, and no SIP messages of it are here: leave out --messages and --pcap, and look at its SID in Twilio's console", errUsage)

// carrierJSON is what the carrier has told of a call that lives there, as JSON.
type carrierJSON struct {
	SID        string    `json:"sid,omitempty"` // Twilio's name of the call
	Status     string    `json:"status,omitempty"`
	Rang       bool      `json:"rang"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	AnsweredBy string    `json:"answered_by,omitempty"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
	LastedS    int       `json:"lasted_s"` // as Twilio counts
	SIPStatus  int       `json:"sip_status,omitempty"`
	Error      int       `json:"error,omitempty"` // Twilio's number of it
	ErrorText  string    `json:"error_text,omitempty"`
	ErrorURL   string    `json:"error_url,omitempty"`
}

func newCarrierJSON(t call.Trace) *carrierJSON {
	if !t.Hosted() {
		return nil
	}
	f := t.Told
	return &carrierJSON{
		SID: f.Name, Status: f.Status, Rang: f.Rang, AnsweredAt: f.AnsweredAt, AnsweredBy: f.AnsweredBy, EndedAt: f.EndedAt,
		LastedS: int(f.Lasted.Seconds()), SIPStatus: f.Code, Error: f.Trouble, ErrorText: f.Text, ErrorURL: errorPage(f.Trouble),
	}
}

// errorPage is where Twilio explains an error of it; empty where there is none.
func errorPage(number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf("https://www.twilio.com/docs/api/errors/%d", number)
}

// printCarrier prints what Twilio has told of a call, in the order of time.
func printCarrier(w io.Writer, t call.Trace) {
	f := t.Told
	line := func(at time.Time, text string) {
		clock := strings.Repeat(" ", 12)
		if !at.IsZero() {
			clock = at.Local().Format("15:04:05.000")
		}
		fmt.Fprintf(w, "  %s  %s\n", clock, printable(text))
	}
	fmt.Fprintf(w, "At Twilio it is %s.\n", cmp.Or(f.Name, "not known: it has named no such call"))
	if t.Direction == call.Outbound {
		line(t.BegunAt, "asked for")
	}
	if f.Phase >= call.Accepted && t.Direction == call.Outbound {
		line(time.Time{}, "accepted")
	}
	if f.Rang || !t.RingingAt.IsZero() {
		line(t.RingingAt, "ringing")
	}
	if at := cmp.Or(f.AnsweredAt, t.AnsweredAt); !at.IsZero() {
		line(at, "answered"+prefixed(" by ", f.AnsweredBy))
	}
	if f.Phase == call.Over {
		line(f.EndedAt, overText(f))
	}
	if f.Trouble != 0 {
		line(time.Time{}, fmt.Sprintf("error %d%s; see %s", f.Trouble, prefixed(": ", f.Text), errorPage(f.Trouble)))
	}
}

// overText is how a call ended, in Twilio's words.
func overText(f call.Fact) string {
	text := "over: " + cmp.Or(f.Status, "it does not say how")
	if !f.AnsweredAt.IsZero() {
		text += fmt.Sprintf(", after %s as Twilio counts", seconds(f.Lasted))
	}
	if f.Code != 0 {
		text += fmt.Sprintf(", SIP %d", f.Code)
	}
	return text
}

// printElsewhere says where the rest is.
func printElsewhere(w io.Writer, t call.Trace) {
	fmt.Fprintf(w, "Messages, sound and price are in Twilio's console alone: Monitor, Logs, Calls%s.\n", prefixed(", ", t.Told.Name))
}
