package main

import (
	"encoding/json"
	"io"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/sip/trace"
)

// callJSON is one leg of a call, as JSON.
type callJSON struct {
	ID          string                `json:"id"`
	Serves      string                `json:"serves,omitempty"`
	SIPCallID   string                `json:"sip_call_id,omitempty"`
	Direction   call.Direction        `json:"direction"`
	From        string                `json:"from"`
	To          string                `json:"to"`
	Trunk       string                `json:"trunk,omitempty"`
	Phone       string                `json:"phone,omitempty"`
	Campaign    campaigns.ID          `json:"campaign,omitempty"`
	Contact     campaigns.ContactID   `json:"contact,omitempty"`
	Disposition campaigns.Disposition `json:"disposition"`
	BegunAt     time.Time             `json:"begun_at"`
	RingingAt   time.Time             `json:"ringing_at,omitzero"`
	AnsweredAt  time.Time             `json:"answered_at,omitzero"`
	EndedAt     time.Time             `json:"ended_at,omitzero"` // zero: it goes on
	Twilio      *carrierJSON          `json:"twilio,omitempty"`  // of a call that lives there
	call.TraceDetail
	Messages []messageJSON `json:"messages,omitempty"`
	Omitted  int           `json:"messages_omitted,omitempty"`
}

type messageJSON struct {
	At        time.Time `json:"at"`
	Sent      bool      `json:"sent"`
	Transport string    `json:"transport"`
	Local     string    `json:"local"`
	Remote    string    `json:"remote"`
	Title     string    `json:"title"`
	RepeatsMS []int64   `json:"repeats_ms,omitempty"`
	Text      string    `json:"text"`
}

func newCallJSON(t call.Trace, l trace.Log) callJSON {
	c := callJSON{
		ID: t.ID, Serves: t.Serves, SIPCallID: t.SIPCallID, Direction: t.Direction, From: t.From, To: t.To,
		Trunk: t.Trunk, Phone: t.Phone, Campaign: t.Campaign, Contact: t.Contact, Disposition: t.Disposition,
		BegunAt: t.BegunAt, RingingAt: t.RingingAt, AnsweredAt: t.AnsweredAt, EndedAt: t.EndedAt,
		Twilio: newCarrierJSON(t), TraceDetail: t.Detail, Omitted: l.Omitted,
	}
	for _, m := range l.Messages {
		j := messageJSON{
			At: m.At, Sent: m.Sent, Transport: m.Transport, Local: m.Local.String(), Remote: m.Remote.String(),
			Title: m.Title(), Text: string(m.Data),
		}
		for _, d := range m.Again {
			j.RepeatsMS = append(j.RepeatsMS, d.Milliseconds())
		}
		c.Messages = append(c.Messages, j)
	}
	return c
}

func printCallsJSON(w io.Writer, list []call.Trace) error {
	out := make([]callJSON, 0, len(list))
	for _, t := range list {
		out = append(out, newCallJSON(t, trace.Log{}))
	}
	return json.NewEncoder(w).Encode(out)
}
