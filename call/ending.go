package call

import "careline/ivr"

// EndingOf is how a call ended whose line reported HungUp, and told by its side
// how it came to that; through tells whether the flow was. That counts as the
// end, even when the caller did not listen to the farewell: not every carrier
// tells who put the phone down first.
func EndingOf(told Ending, through bool) Ending {
	switch {
	case told == Broken, told == ByService:
		return told
	case through:
		return ByFlow
	case told == ByFlow: // we hung up, but the flow did not ask for it
		return ByService
	default:
		return ByCaller
	}
}

// HangsUp tells whether a step asks for the end of the call.
func HangsUp(actions []ivr.Action) bool {
	return len(actions) > 0 && actions[len(actions)-1].Kind == ivr.Hangup
}
