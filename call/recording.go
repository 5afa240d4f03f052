package call

import (
	"time"

	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// Recording is a message that a caller has left, with where it belongs.
type Recording struct {
	ivr.Message
	CallID   string
	Number   phone.Number // of who has left it; may be empty
	Campaign campaigns.ID
	Contact  campaigns.ContactID
	Result   string // the result that refers to it
	Node     string // of the flow
	Host     string // the node of this service that has the file
	At       time.Time
}

// recording is the message that an answer refers to.
func (r Record) recording(a ivr.Action, at time.Time) Recording {
	return Recording{
		Message: *a.Answer.Message, CallID: r.ID, Number: r.far(), Campaign: r.Campaign, Contact: r.Contact,
		Result: a.Answer.Result, Node: a.Node, At: at,
	}
}
