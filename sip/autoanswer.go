package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
)

// answers asks a phone to answer by itself, in the two ways that phones know:
// answer-after (draft-alexis-answer-after, as Snom, Linphone and baresip have it)
// and Alert-Info (as Polycom, Yealink and Grandstream have it). Both need a URI
// that is not used.
func answers(o call.Order) []sipmsg.Header {
	if !o.Answers {
		return nil
	}
	return []sipmsg.Header{
		sipmsg.NewHeader("Call-Info", "<sip:careline.invalid>;answer-after=0"),
		sipmsg.NewHeader("Alert-Info", "<sip:careline.invalid>;info=alert-autoanswer;delay=0"),
	}
}
