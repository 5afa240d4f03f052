package twilio

import "careline/call"

// phaseOf is what Twilio's word for how far a call has come means; 0 for one that
// is none.
func phaseOf(status string) call.Phase {
	switch status {
	case "queued":
		return call.Accepted
	case "initiated":
		return call.Dialing
	case "ringing":
		return call.Alerting
	case "in-progress":
		return call.Talking
	case "completed", "busy", "no-answer", "failed", "canceled":
		return call.Over
	default:
		return 0
	}
}
