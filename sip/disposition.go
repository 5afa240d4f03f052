package sip

import (
	"careline/campaigns"
)

// outcome is all that decides how an unanswered outbound call ended.
type outcome struct {
	sent     bool // the INVITE has left
	unheard  bool // the far end went away without a word
	rang     bool // an 18x came
	gaveUp   bool // our CANCEL, as it rang too long
	recalled bool // our CANCEL, as whoever asked for the call took that back
	status   int  // the final SIP status; 0 when none came
	cause    int  // Q.850, of the Reason header; 0 when there was none
}

// disposition reads an outcome. A Q.850 cause is trusted over the SIP status,
// as carriers translate the one into the other with loss (RFC 3398).
func (o outcome) disposition() campaigns.Disposition {
	switch {
	case !o.sent:
		return campaigns.NotPlaced
	case o.unheard:
		return campaigns.NotKnown
	case o.status == 0 || o.status == 487:
		return o.withdrawn()
	}
	if d, ok := byCause[o.cause]; ok {
		return d
	}
	return byStatus(o.status)
}

// withdrawn is how a call ended that nobody but us has ended.
func (o outcome) withdrawn() campaigns.Disposition {
	switch {
	case o.status == 0 && !o.rang:
		return campaigns.NotKnown // our CANCEL went unheard as well
	case o.recalled:
		return campaigns.Cancelled
	case o.status == 487, o.gaveUp:
		return campaigns.NoAnswer
	default:
		return campaigns.NotKnown
	}
}

// byCause maps Q.850 causes. 16, normal clearing, is missing: on an unanswered
// call it says nothing.
var byCause = map[int]campaigns.Disposition{
	1: campaigns.InvalidNumber, 2: campaigns.InvalidNumber, 3: campaigns.InvalidNumber,
	22: campaigns.InvalidNumber, 28: campaigns.InvalidNumber,
	17: campaigns.Busy,
	18: campaigns.NoAnswer, 19: campaigns.NoAnswer, 31: campaigns.NoAnswer,
	20: campaigns.Unreachable, 27: campaigns.Unreachable,
	21: campaigns.Refused,
	34: campaigns.Congestion, 38: campaigns.Congestion, 41: campaigns.Congestion,
	42: campaigns.Congestion, 47: campaigns.Congestion, 58: campaigns.Congestion,
	102: campaigns.Congestion, 111: campaigns.Congestion, 127: campaigns.Congestion,
	65: campaigns.Failure, 70: campaigns.Failure, 79: campaigns.Failure, 88: campaigns.Failure,
}

// byStatus maps final SIP statuses.
func byStatus(status int) campaigns.Disposition {
	switch status {
	case 404, 410, 484, 604:
		return campaigns.InvalidNumber
	case 486, 600:
		return campaigns.Busy
	case 408, 480:
		return campaigns.NoAnswer
	case 502:
		return campaigns.Unreachable
	case 403, 603, 607, 608:
		return campaigns.Refused
	}
	if status >= 500 && status < 600 {
		return campaigns.Congestion
	}
	return campaigns.Failure // 401, 407, 415, 420, 488, 606, a redirect: something is set up wrongly
}
