package sip

import (
	"careline/audio/progress"
	"careline/campaigns"
)

// row is one way in which a call may end unanswered, and all that tells it.
type row struct {
	disposition campaigns.Disposition
	causes      []int    // Q.850, of a Reason header
	heard       []string // before the end: a signal of audio/progress, or the class of an announcement
	statuses    []int    // of SIP
}

// table says how unanswered calls end. A Q.850 cause is trusted most, as it is
// the network's own word; then what was heard, which is meant for people; and
// the SIP status last, as carriers translate into it with loss.
//
// Sources: RFC 3398 sections 7.2.4.1 and 8.2.6.1, Asterisk's
// ast_sip_hangup_sip2cause, and the class numbers that China's networks'
// announcements are sorted by in mod_da2.
var table = []row{
	{
		campaigns.InvalidNumber,
		[]int{1, 2, 3, 22, 28},
		[]string{string(progress.SITVacant), string(progress.SITIntercept), string(progress.Unobtainable), class("3"), class("4"), class("18")},
		[]int{404, 410, 484, 604},
	},
	{
		campaigns.Busy,
		[]int{17},
		[]string{string(progress.Busy), class("5"), class("9")},
		[]int{486, 600},
	},
	{
		campaigns.NoAnswer,
		[]int{18, 19, 31},
		[]string{class("15")},
		[]int{408, 480},
	},
	{
		campaigns.Unreachable,
		[]int{20, 27},
		[]string{string(progress.SIT), class("2"), class("7"), class("17")},
		[]int{502},
	},
	{
		campaigns.Refused,
		[]int{21},
		[]string{class("6"), class("11")},
		[]int{403, 603, 607, 608},
	},
	{
		campaigns.Congestion,
		[]int{34, 38, 41, 42, 47, 58, 102, 111, 127},
		[]string{string(progress.Congestion), string(progress.SITReorder), string(progress.SITNoCircuit), class("14"), class("19"), class("20")},
		[]int{500, 501, 503, 504, 505, 513, 580}, // and all others from 500 to 599
	},
	{
		campaigns.Failure, // something is set up wrongly
		[]int{65, 70, 79, 88},
		nil,
		[]int{401, 407, 415, 420, 488, 606}, // and all others: redirects, 400
	},
}

// class is what an announcement of a class is stored as.
func class(number string) string { return "announcement_" + number }

// byCause and byHeard find what the table says. Cause 16, normal clearing, is
// not in it: of an unanswered call it says nothing.
var (
	byCause = index(func(r row) []int { return r.causes })
	byHeard = index(func(r row) []string { return r.heard })
	byFinal = index(func(r row) []int { return r.statuses })
)

func index[K comparable](keys func(row) []K) map[K]campaigns.Disposition {
	m := make(map[K]campaigns.Disposition)
	for _, r := range table {
		for _, k := range keys(r) {
			m[k] = r.disposition
		}
	}
	return m
}

// byStatus is what a final SIP status alone tells.
func byStatus(status int) campaigns.Disposition {
	if d, ok := byFinal[status]; ok {
		return d
	}
	if status >= 500 && status < 600 {
		return campaigns.Congestion
	}
	return campaigns.Failure
}

// outcome is all that decides how an unanswered outbound call ended.
type outcome struct {
	sent     bool   // the INVITE has left
	unheard  bool   // the far end went away without a word
	rang     bool   // an 18x came
	gaveUp   bool   // our CANCEL, as it rang too long
	recalled bool   // our CANCEL, as whoever asked for the call took that back
	status   int    // the final SIP status; 0 when none came
	cause    int    // Q.850, of the Reason header; 0 when there was none
	heard    string // before the end; empty when nothing was recognised
}

// disposition reads an outcome, and tells what it was read from.
func (o outcome) disposition() (campaigns.Disposition, campaigns.Rule) {
	switch {
	case !o.sent:
		return campaigns.NotPlaced, campaigns.ByUs
	case o.unheard:
		return campaigns.NotKnown, campaigns.ByNobody
	case o.status == 0 || o.status == 487:
		return o.withdrawn()
	}
	if d, ok := byCause[o.cause]; ok {
		return d, campaigns.ByCause
	}
	if d, ok := byHeard[o.heard]; ok {
		return d, campaigns.BySound
	}
	if o.status == 408 && !o.rang { // the carrier says that it reached nobody to ask: Q.850 102 by RFC 3398
		return campaigns.Congestion, campaigns.ByStatus
	}
	return byStatus(o.status), campaigns.ByStatus
}

// Unanswered is how an outbound call ended by its final SIP status and Q.850
// cause, 0 where there was none, for who has no line to hear: a rehearsal. At
// status 487 it was given up, as it rang too long.
func Unanswered(status, cause int, rang bool) (campaigns.Disposition, campaigns.Rule) {
	return outcome{sent: true, rang: rang, gaveUp: status == 487, status: status, cause: cause}.disposition()
}

// withdrawn is how a call ended that nobody but us has ended. What was heard
// until we gave up tells why nobody answered.
func (o outcome) withdrawn() (campaigns.Disposition, campaigns.Rule) {
	switch {
	case o.status == 0 && !o.rang:
		return campaigns.NotKnown, campaigns.ByNobody // our CANCEL went unheard as well
	case o.recalled:
		return campaigns.Cancelled, campaigns.ByUs
	}
	d, ok := byHeard[o.heard]
	switch {
	case ok:
		return d, campaigns.BySound
	case o.gaveUp:
		return campaigns.NoAnswer, campaigns.ByUs
	case o.status == 487:
		return campaigns.NoAnswer, campaigns.ByStatus
	default:
		return campaigns.NotKnown, campaigns.ByNobody
	}
}
