package main

import (
	"strings"
	"time"

	"careline/campaigns"
)

// reception is how a callee was received, in words; empty where nobody asked.
func reception(a campaigns.Attempt) string {
	r := a.Reception
	if r == (campaigns.Reception{}) || a.AnsweredAt.IsZero() {
		return ""
	}
	after := func(t time.Time) string { return " " + seconds(t.Sub(a.AnsweredAt)) + " after the answer" }
	var said []string
	switch r.Party {
	case campaigns.HumanParty:
		said = append(said, "A person answered")
	case campaigns.MachineParty:
		said = append(said, "A machine answered")
	default:
		said = append(said, "Nobody asked who answered")
	}
	if !r.GreetingEndAt.IsZero() {
		said = append(said, "their greeting was over"+after(r.GreetingEndAt))
	}
	if !r.ConnectedAt.IsZero() {
		said = append(said, "an agent was on the line"+after(r.ConnectedAt))
	}
	if !r.AbandonedAt.IsZero() {
		said = append(said, "no agent came until"+after(r.AbandonedAt))
	}
	if !r.MessageAt.IsZero() {
		said = append(said, "the message began"+after(r.MessageAt))
	}
	if r.OptedOut {
		said = append(said, "they asked not to be called again")
	}
	return strings.Join(said, "; ") + "."
}
