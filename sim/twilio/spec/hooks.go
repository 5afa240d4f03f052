package spec

// Hook is a row of the webhooks.
type Hook struct {
	Name  string
	Base  string // the webhook whose parameters it bears as well; empty when it bears its own alone
	TwiML bool   // whether the answer is a document that is played
	Source
}

// Hooks are the webhooks.
var Hooks = []Hook{
	{"voice", "", true, from(pageTwiML)}, // Url, Redirect, voice_url
	{"answered", "voice", true, from(pageAMD)},
	{"gather", "voice", true, from(pageGather)},
	{"record", "voice", true, from(pageRecord)},
	{"dial", "voice", true, from(pageDial)},
	{"dial sip", "dial", true, from(pageSip)},
	{"enqueue", "voice", true, from(pageEnqueue)},
	{"wait", "voice", true, from(pageEnqueue)},
	{"queue", "voice", true, from(pageQueue)},
	{"fallback", "voice", true, from(pageFallback)},
	{"status", "voice", false, from(pageCall)},
	{"amd", "", false, unsure(pageAMD, "that it bears no more, read in quotations of the page")},
	{"recording", "", false, from(pageRecord)},
}

// HookRow is a row of the parameters of webhooks.
type HookRow struct {
	Hook, Name string
	Always     bool
	When       string // it is there, or what it may be
	Source
}

const fieldOnly = "all: no page has it, requests in the field do"

// Sent is what all webhooks bear.
var Sent = []HookRow{
	{"voice", "CallSid", true, "", from(pageTwiML)},
	{"voice", "AccountSid", true, "", from(pageTwiML)},
	{"voice", "From", true, "a number in E.164 if possible, else what the network said; client:NAME", from(pageTwiML)},
	{"voice", "To", true, "", from(pageTwiML)},
	{"voice", "Caller", true, "the same as From", from(pageCall)},
	{"voice", "Called", true, "the same as To", from(pageCall)},
	{"voice", "CallStatus", true, "queued, initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled", from(pageTwiML)},
	{"voice", "ApiVersion", true, "2010-04-01", from(pageTwiML)},
	{"voice", "Direction", true, "inbound, outbound-api, outbound-dial", from(pageTwiML)},
	{"voice", "ForwardedFrom", false, "a forwarded call, if the network says so", from(pageTwiML)},
	{"voice", "CallerName", false, "the number looks callers up", from(pageTwiML)},
	{"voice", "ParentCallSid", false, "not the first leg", from(pageTwiML)},
	{"voice", "CallToken", false, "an inbound call", unsure(pageTwiML, "when it is there")},
	{"voice", "StirVerstat", false, "an inbound call with a passport", unsure(docs+"voice/trusted-calling-with-shakenstir", "all: the page was not read")},
	{"voice", "FromCity", false, "looked up", from(pageTwiML)},
	{"voice", "FromState", false, "looked up", from(pageTwiML)},
	{"voice", "FromZip", false, "looked up", from(pageTwiML)},
	{"voice", "FromCountry", false, "looked up", from(pageTwiML)},
	{"voice", "ToCity", false, "looked up", from(pageTwiML)},
	{"voice", "ToState", false, "looked up", from(pageTwiML)},
	{"voice", "ToZip", false, "looked up", from(pageTwiML)},
	{"voice", "ToCountry", false, "looked up", from(pageTwiML)},
	{"voice", "CalledCity", false, "looked up", from(pageCall)},
	{"voice", "CalledState", false, "looked up", from(pageCall)},
	{"voice", "CalledZip", false, "looked up", from(pageCall)},
	{"voice", "CalledCountry", false, "looked up", from(pageCall)},
	{"voice", "CallerCity", false, "looked up", unsure(pageCall, fieldOnly)},
	{"voice", "CallerState", false, "looked up", unsure(pageCall, fieldOnly)},
	{"voice", "CallerZip", false, "looked up", unsure(pageCall, fieldOnly)},
	{"voice", "CallerCountry", false, "looked up", unsure(pageCall, fieldOnly)},

	{"answered", "AnsweredBy", true, "the first request of Url after detection that the call waited for", unsure(pageAMD, "read in the beginning of the page alone")},
	{"answered", "MachineDetectionDuration", false, "milliseconds", unsure(pageAMD, "that it is there when the call waited")},

	{"gather", "Digits", true, "empty when nothing was entered and actionOnEmptyResult is true; without the finishing key", unsure(pageGather, "that it is there when empty")},
	{"gather", "SpeechResult", false, "speech", from(pageGather)},
	{"gather", "Confidence", false, "speech, 0 to 1", from(pageGather)},
	{"gather", "FinishedOnKey", false, "the finishing key, or empty", unsure(pageGather, fieldOnly)},
	{"gather", "msg", false, "Gather End", unsure(pageGather, fieldOnly)},

	{"record", "RecordingUrl", true, "may not be there to fetch yet", from(pageRecord)},
	{"record", "RecordingDuration", true, "seconds", from(pageRecord)},
	{"record", "Digits", false, "the key that ended it, or hangup", from(pageRecord)},
	{"record", "RecordingSid", false, "", unsure(pageRecord, fieldOnly)},

	{"recording", "AccountSid", true, "", from(pageRecord)},
	{"recording", "CallSid", true, "of the parent of two legs", from(pageDial)},
	{"recording", "RecordingSid", true, "", from(pageRecord)},
	{"recording", "RecordingUrl", true, "", from(pageRecord)},
	{"recording", "RecordingStatus", true, "in-progress, completed, absent; failed as well for Record", from(pageRecord)},
	{"recording", "RecordingDuration", false, "completed; seconds", unsure(pageRecord, "when it is there")},
	{"recording", "RecordingChannels", true, "1, 2", from(pageRecord)},
	{"recording", "RecordingSource", true, "RecordVerb, DialVerb, OutboundAPI", from(pageRecord)},
	{"recording", "RecordingStartTime", false, "Dial and CreateCall", from(pageDial)},
	{"recording", "RecordingTrack", false, "CreateCall: inbound, outbound, both", from(pageCall)},

	{"dial", "DialCallStatus", true, "completed, answered (a conference), busy, no-answer, failed, canceled", from(pageDial)},
	{"dial", "DialCallSid", false, "not a conference", from(pageDial)},
	{"dial", "DialCallDuration", false, "seconds; not a conference, not a child that was redirected", from(pageDial)},
	{"dial", "DialBridged", true, "true, false", from(pageDial)},
	{"dial", "RecordingUrl", false, "record is set", from(pageDial)},
	{"dial sip", "DialSipCallId", true, "", from(pageSip)},
	{"dial sip", "DialSipResponseCode", true, "", from(pageSip)},
	{"dial sip", "DialSipHeader_", false, "and the name of an X- header of the final response", from(pageSip)},

	{"enqueue", "QueueResult", true, "bridged, bridging-in-process, error, hangup, leave, redirected, redirected-from-bridged, queue-full, system-error", from(pageEnqueue)},
	{"enqueue", "QueueSid", false, "it was enqueued", from(pageEnqueue)},
	{"enqueue", "QueueTime", false, "it was enqueued; seconds", from(pageEnqueue)},

	{"wait", "QueuePosition", true, "", from(pageEnqueue)},
	{"wait", "QueueSid", true, "", from(pageEnqueue)},
	{"wait", "QueueTime", true, "seconds", from(pageEnqueue)},
	{"wait", "AvgQueueTime", true, "seconds, of those who wait now", from(pageEnqueue)},
	{"wait", "CurrentQueueSize", true, "", from(pageEnqueue)},
	{"wait", "MaxQueueSize", true, "", from(pageEnqueue)},

	{"queue", "QueueSid", true, "", from(pageQueue)},
	{"queue", "QueueTime", true, "seconds", from(pageQueue)},
	{"queue", "DequeingCallSid", true, "spelt so", from(pageQueue)},

	{"status", "Timestamp", true, "RFC 2822", from(pageCall)},
	{"status", "CallbackSource", true, "call-progress-events", from(pageCall)},
	{"status", "SequenceNumber", true, "from 0 in the order in which the events were fired", from(pageCall)},
	{"status", "CallDuration", false, "the end; seconds", from(pageCall)},
	{"status", "Duration", false, "the end; minutes, begun ones counted", from(pageCall)},
	{"status", "SipResponseCode", false, "the end; 404 not reached, 487 not answered in time", from(pageCall)},
	{"status", "RecordingUrl", false, "the end, with Record", from(pageCall)},
	{"status", "RecordingSid", false, "the end, with Record", from(pageCall)},
	{"status", "RecordingDuration", false, "the end, with Record; seconds", from(pageCall)},
	{"status", "StirStatus", false, "ringing and in-progress: A, B, C", from(pageCall)},
	{"status", "AnsweredBy", false, "the end, after detection", unsure(pageCall, fieldOnly)},

	{"amd", "CallSid", true, "", unsure(pageAMD, "read in quotations of the page")},
	{"amd", "AccountSid", true, "", unsure(pageAMD, "read in quotations of the page")},
	{"amd", "AnsweredBy", true, "see the answers", unsure(pageAMD, "read in quotations of the page")},
	{"amd", "MachineDetectionDuration", true, "milliseconds", unsure(pageAMD, "read in quotations of the page")},

	{"fallback", "ErrorCode", true, "of the debugger", from(pageFallback)},
	{"fallback", "ErrorUrl", true, "that failed", from(pageFallback)},
}

// Answer is a row of the values of AnsweredBy.
type Answer struct {
	Name    string
	Enable  bool // MachineDetection=Enable brings it
	Message bool // MachineDetection=DetectMessageEnd brings it
	Source
}

// Answers are what machine detection may say.
var Answers = []Answer{
	{"human", true, true, unsure(pageAMD, "read in quotations of the page")},
	{"fax", true, true, unsure(pageAMD, "read in quotations of the page")},
	{"unknown", true, true, unsure(pageAMD, "read in quotations of the page")},
	{"machine_start", true, false, unsure(pageAMD, "read in quotations of the page")},
	{"machine_end_beep", false, true, unsure(pageAMD, "read in quotations of the page")},
	{"machine_end_silence", false, true, unsure(pageAMD, "read in quotations of the page")},
	{"machine_end_other", false, true, unsure(pageAMD, "read in quotations of the page")},
}
