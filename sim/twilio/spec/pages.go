package spec

import "strconv"

// docs is Twilio's documentation; all below it was read in copies of 2025 and 2026.
const docs = "https://www.twilio.com/docs/"

const (
	pageTwiML      = docs + "voice/twiml"
	pageSay        = docs + "voice/twiml/say"
	pageSSML       = docs + "voice/twiml/say/text-speech"
	pagePlay       = docs + "voice/twiml/play"
	pagePause      = docs + "voice/twiml/pause"
	pageGather     = docs + "voice/twiml/gather"
	pageRecord     = docs + "voice/twiml/record"
	pageDial       = docs + "voice/twiml/dial"
	pageNumber     = docs + "voice/twiml/number"
	pageSip        = docs + "voice/twiml/sip"
	pageClient     = docs + "voice/twiml/client"
	pageConference = docs + "voice/twiml/conference"
	pageQueue      = docs + "voice/twiml/queue"
	pageEnqueue    = docs + "voice/twiml/enqueue"
	pageLeave      = docs + "voice/twiml/leave"
	pageRedirect   = docs + "voice/twiml/redirect"
	pageHangup     = docs + "voice/twiml/hangup"
	pageReject     = docs + "voice/twiml/reject"
	pageRefer      = docs + "voice/twiml/refer"

	pageCall       = docs + "voice/api/call-resource"
	pageEvents     = docs + "voice/api/call-event-resource"
	pageAccount    = docs + "iam/api/account"
	pageNumbers    = docs + "phone-numbers/api/incomingphonenumber-resource"
	pageCallers    = docs + "voice/api/outgoing-caller-ids"
	pageRecordings = docs + "voice/api/recording"
	pageAMD        = docs + "voice/answering-machine-detection"
	pageOutbound   = docs + "voice/tutorials/how-to-make-outbound-phone-calls"
	pageCPS        = docs + "glossary/cps"

	pageSecurity  = docs + "usage/security"
	pageSigned    = docs + "usage/webhooks/webhooks-security"
	pageOverrides = docs + "usage/webhooks/webhooks-connection-overrides"
	pageFallback  = docs + "usage/security/availability-reliability"

	pageAddresses = docs + "sip-trunking/ip-addresses"
	pageDebugging = docs + "usage/troubleshooting/debugging-your-application"
	pageErrors    = docs + "api/errors"
	pagePricing   = docs + "voice/pricing"
)

// pageOf is the page of a code in the dictionary of errors.
func pageOf(code int) string { return pageErrors + "/" + strconv.Itoa(code) }
