package twilio

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/call"
	"careline/campaigns"
)

// Twilio's words for how a call has ended, where they are needed; see phaseOf.
const (
	statusCompleted = "completed"
	statusBusy      = "busy"
	statusNoAnswer  = "no-answer"
	statusCanceled  = "canceled"
)

// learnt is what a call of the API tells of a call of ours.
func learnt(of call.Fact, c *openapi.ApiV2010Call, now time.Time) call.Fact {
	f := call.Fact{
		ID: of.ID, Trunk: of.Trunk, Name: text(c.Sid),
		Phase: max(phaseOf(text(c.Status)), call.Accepted), AnsweredBy: text(c.AnsweredBy),
	}
	switch f.Phase {
	case call.Talking:
		f.AnsweredAt = now
	case call.Over:
		f.Status, f.Lasted = text(c.Status), seconds(c.Duration)
		if f.EndedAt = moment(c.EndTime); f.EndedAt.IsZero() {
			f.EndedAt = now
		}
		if f.Status == statusCompleted {
			f.AnsweredAt = f.EndedAt.Add(-f.Lasted)
		}
	case call.Accepted, call.Dialing, call.Alerting:
	}
	return f
}

// moment reads a time as Twilio's API writes it; zero where it is none.
func moment(field *string) time.Time {
	at, err := time.Parse(time.RFC1123Z, text(field))
	if err != nil {
		return time.Time{}
	}
	return at
}

// seconds reads a number of seconds; 0 where it is none.
func seconds(field *string) time.Duration {
	n, err := strconv.Atoi(text(field))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// answered tells whether somebody has taken the call.
func answered(f call.Fact) bool {
	return f.Phase == call.Talking || !f.AnsweredAt.IsZero() || f.Status == statusCompleted
}

// rang tells whether the far end's telephone has rung, or may have.
func rang(f call.Fact) bool {
	return f.Rang || f.Phase == call.Alerting || answered(f) || f.Status == statusNoAnswer || f.Status == statusBusy
}

// bySIP is what the status tells that the network has ended a call with, by
// which Twilio says more than by its own word: see the table of package sip.
func bySIP(status int) campaigns.Disposition {
	switch status {
	case 404, 410, 484, 604:
		return campaigns.InvalidNumber
	case 486, 600:
		return campaigns.Busy
	case 408, 480, 487:
		return campaigns.NoAnswer
	case 403, 603, 607, 608:
		return campaigns.Refused
	case 502:
		return campaigns.Unreachable
	}
	if status >= 500 && status < 600 {
		return campaigns.Congestion
	}
	return campaigns.Failure
}

// unanswered is how a call ended that nobody has answered.
func unanswered(f call.Fact) *call.Failure {
	words := "Twilio says " + f.Status
	if f.Trouble != 0 {
		words += fmt.Sprintf(", error %d: %s", f.Trouble, cmp.Or(f.Text, "it does not say why"))
	}
	failure := &call.Failure{
		Rang: rang(f), Sent: true, Disposition: bySIP(f.Code),
		Evidence: campaigns.Evidence{Status: f.Code, Text: words, Rule: campaigns.ByStatus},
	}
	e := &failure.Evidence
	switch f.Status {
	case statusBusy:
		failure.Disposition, e.Status = campaigns.Busy, cmp.Or(e.Status, 486)
	case statusNoAnswer:
		failure.Disposition, e.Status = campaigns.NoAnswer, cmp.Or(e.Status, 480)
	case statusCanceled:
		failure.Disposition, e.Status, e.Rule = campaigns.Cancelled, cmp.Or(e.Status, 487), campaigns.ByUs
	}
	return failure
}

// unknown is how a call ended of which that cannot be said.
func unknown(f call.Fact, why string) *call.Failure {
	return &call.Failure{
		Disposition: campaigns.NotKnown, Rang: rang(f), Sent: true,
		Evidence: campaigns.Evidence{Text: why, Rule: campaigns.ByNobody},
	}
}
