package spec

// AttributeRow is a row of the attributes of TwiML.
type AttributeRow struct {
	Element, Name string
	Values        Values
	Default       string // as Twilio has it; empty when there is none
	Source
}

const undocumented = "the page does not have it; it is as twilio-go v1.31.0 has it"

var speechModels = oneOf("default", "numbers_and_commands", "phone_call", "experimental_conversations", "experimental_utterances",
	"googlev2_long", "googlev2_short", "googlev2_telephony", "googlev2_telephony_short", "deepgram_nova-2", "deepgram_nova-3")

var recordModes = oneOf("do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual", "true", "false")

var ringTones = oneOf("at", "au", "bg", "br", "be", "ch", "cl", "cn", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hu", "il", "in", "it", "lt",
	"jp", "mx", "my", "nl", "no", "nz", "ph", "pl", "pt", "ru", "se", "sg", "th", "uk", "us", "us-old", "tw", "ve", "za")

// Attributes are those of all elements.
var Attributes = []AttributeRow{
	{"Say", "voice", text(0), "man", from(pageSay)}, // man, woman, Polly.NAME, Google.NAME
	{"Say", "language", text(0), "en-US", from(pageSay)},
	{"Say", "loop", integer(0, 0), "1", from(pageSay)}, // 0 is until the end of the call, at most 1000 times

	{"Play", "loop", integer(0, 0), "1", unsure(pagePlay, "the table has one digit, the examples have 10")},
	{"Play", "digits", tones, "", from(pagePlay)}, // not within Gather

	{"Pause", "length", integer(1, 0), "1", from(pagePause)},

	{"Gather", "action", aURL, "the document", from(pageGather)},
	{"Gather", "method", method, "POST", from(pageGather)},
	{"Gather", "input", oneOf("dtmf", "speech", "dtmf speech", "speech dtmf"), "dtmf", from(pageGather)},
	{"Gather", "timeout", integer(1, 0), "5", unsure(pageGather, "auto, which one of its tables has and the other has not")},
	{"Gather", "finishOnKey", keys("0123456789#*", 1).orEmpty(), "#", from(pageGather)}, // empty: none
	{"Gather", "numDigits", integer(1, 0), "", from(pageGather)},
	{"Gather", "actionOnEmptyResult", boolean, "false", from(pageGather)},
	{"Gather", "speechTimeout", text(0), "timeout", from(pageGather)}, // a number or auto
	{"Gather", "speechModel", speechModels, "default", from(pageGather)},
	{"Gather", "language", text(0), "en-US", from(pageGather)},
	{"Gather", "hints", text(0), "", from(pageGather)},
	{"Gather", "profanityFilter", boolean, "true", from(pageGather)},
	{"Gather", "partialResultCallback", aURL, "", from(pageGather)},
	{"Gather", "partialResultCallbackMethod", method, "POST", from(pageGather)},
	{"Gather", "enhanced", boolean, "false", from(pageGather)}, // deprecated
	{"Gather", "bargeIn", boolean, "true", unsure(pageOf(13332), undocumented)},
	{"Gather", "maxSpeechTime", integer(1, 0), "", unsure(pageOf(13328), undocumented)},
	{"Gather", "debug", boolean, "", unsure(pageGather, undocumented)},

	{"Record", "action", aURL, "the document", from(pageRecord)},
	{"Record", "method", method, "POST", from(pageRecord)},
	{"Record", "timeout", integer(0, 0), "5", from(pageRecord)}, // 0 is never
	{"Record", "finishOnKey", keys("0123456789#*", 12), "1234567890*#", from(pageRecord)},
	{"Record", "maxLength", integer(2, 86400), "3600", from(pageRecord)}, // 14400 unless the account has calls of 24 hours
	{"Record", "playBeep", boolean, "true", from(pageRecord)},
	{"Record", "trim", oneOf("trim-silence", "do-not-trim"), "trim-silence", from(pageRecord)},
	{"Record", "recordingStatusCallback", aURL, "", from(pageRecord)},
	{"Record", "recordingStatusCallbackMethod", method, "POST", from(pageRecord)},
	{"Record", "recordingStatusCallbackEvent", someOf(recorded...), "completed", from(pageRecord)},
	{"Record", "transcribe", boolean, "false", from(pageRecord)},
	{"Record", "transcribeCallback", aURL, "", from(pageRecord)},
	{"Record", "recordingConfigurationId", text(0), "", from(pageRecord)},

	{"Dial", "action", aURL, "", from(pageDial)},
	{"Dial", "method", method, "POST", from(pageDial)},
	{"Dial", "timeout", integer(5, 600), "30", from(pageDial)}, // and 5 seconds more
	{"Dial", "timeLimit", integer(1, 86400), "14400", from(pageDial)},
	{"Dial", "callerId", text(0), "the caller's", from(pageDial)},
	{"Dial", "answerOnBridge", boolean, "false", from(pageDial)},
	{"Dial", "hangupOnStar", boolean, "false", from(pageDial)},
	{"Dial", "ringTone", ringTones, "the carrier's", from(pageDial)},
	{"Dial", "record", recordModes, "do-not-record", from(pageDial)},
	{"Dial", "trim", oneOf("trim-silence", "do-not-trim"), "do-not-trim", from(pageDial)},
	{"Dial", "recordingTrack", oneOf("inbound", "outbound", "both"), "both", from(pageDial)},
	{"Dial", "recordingStatusCallback", aURL, "", from(pageDial)},
	{"Dial", "recordingStatusCallbackMethod", method, "POST", from(pageDial)},
	{"Dial", "recordingStatusCallbackEvent", someOf(recorded...), "completed", from(pageDial)},
	{"Dial", "recordingConfigurationId", text(0), "", from(pageDial)},
	{"Dial", "referUrl", aURL, "", from(pageDial)},
	{"Dial", "referMethod", method, "POST", from(pageDial)},
	{"Dial", "sequential", boolean, "false", unsure(pageDial, "the default, which twilio-go has")},
	{"Dial", "callReason", text(50), "", from(pageDial)},
	{"Dial", "events", text(0), "", unsure(pageDial, undocumented)},
	{"Dial", "passports", text(0), "", unsure(pageDial, undocumented)},

	{"Number", "sendDigits", tones, "", from(pageNumber)},
	{"Number", "url", aURL, "", from(pageNumber)},
	{"Number", "method", method, "POST", from(pageNumber)},
	{"Number", "byoc", sid("BY"), "", from(pageNumber)},
	{"Number", "statusCallbackEvent", someOf(progress...), "completed", from(pageNumber)},
	{"Number", "statusCallback", aURL, "", from(pageNumber)},
	{"Number", "statusCallbackMethod", method, "POST", from(pageNumber)},
	{"Number", "machineDetection", oneOf("Enable", "DetectMessageEnd"), "", from(pageNumber)},
	{"Number", "machineDetectionTimeout", integer(3, 60), "30", from(pageNumber)},
	{"Number", "machineDetectionSpeechThreshold", integer(1000, 6000), "2400", from(pageNumber)},
	{"Number", "machineDetectionSpeechEndThreshold", integer(500, 5000), "1200", from(pageNumber)},
	{"Number", "machineDetectionSilenceTimeout", integer(2000, 10000), "5000", from(pageNumber)},
	{"Number", "amdStatusCallback", aURL, "", from(pageNumber)},
	{"Number", "amdStatusCallbackMethod", method, "POST", from(pageNumber)},

	{"Sip", "username", text(255), "", from(pageSip)},
	{"Sip", "password", text(255), "", from(pageSip)},
	{"Sip", "url", aURL, "", from(pageSip)},
	{"Sip", "method", method, "POST", from(pageSip)},
	{"Sip", "statusCallbackEvent", someOf(progress...), "completed", from(pageSip)},
	{"Sip", "statusCallback", aURL, "", from(pageSip)},
	{"Sip", "statusCallbackMethod", method, "POST", from(pageSip)},
	{"Sip", "machineDetection", oneOf("Enable", "DetectMessageEnd"), "", from(pageSip)},
	{"Sip", "machineDetectionTimeout", integer(3, 60), "30", from(pageSip)},
	{"Sip", "machineDetectionSpeechThreshold", integer(1000, 6000), "2400", from(pageSip)},
	{"Sip", "machineDetectionSpeechEndThreshold", integer(500, 5000), "1200", from(pageSip)},
	{"Sip", "machineDetectionSilenceTimeout", integer(2000, 10000), "5000", from(pageSip)},
	{"Sip", "amdStatusCallback", aURL, "", from(pageSip)},
	{"Sip", "amdStatusCallbackMethod", method, "POST", from(pageSip)},

	{"Enqueue", "action", aURL, "", from(pageEnqueue)},
	{"Enqueue", "method", method, "POST", from(pageEnqueue)},
	{"Enqueue", "waitUrl", aURL.orEmpty(), "Twilio's music", from(pageEnqueue)}, // empty: silence
	{"Enqueue", "waitUrlMethod", method, "POST", from(pageEnqueue)},
	{"Enqueue", "workflowSid", sid("WW"), "", from(pageEnqueue)},
	{"Enqueue", "maxQueueSize", integer(1, 0), "1000", unsure(pageEnqueue, undocumented)},

	{"Redirect", "method", method, "POST", from(pageRedirect)},
	{"Reject", "reason", oneOf("rejected", "busy"), "rejected", from(pageReject)},

	{"Queue", "url", aURL, "", from(pageQueue)},
	{"Queue", "method", method, "POST", from(pageQueue)},
	{"Queue", "reservationSid", sid("WR"), "", from(pageQueue)},
	{"Queue", "postWorkActivitySid", sid("WA"), "", from(pageQueue)},
	{"Client", "url", aURL, "", from(pageClient)},
	{"Client", "method", method, "POST", from(pageClient)},
	{"Client", "statusCallbackEvent", someOf(progress...), "completed", from(pageClient)},
	{"Client", "statusCallback", aURL, "", from(pageClient)},
	{"Client", "statusCallbackMethod", method, "POST", from(pageClient)},
	{"Client", "clientNotificationUrl", absoluteURL, "", from(pageClient)},
	{"Refer", "action", aURL, "", from(pageRefer)},
	{"Refer", "method", method, "POST", from(pageRefer)},
	{"Conference", "muted", boolean, "false", unsure(pageConference, "read in an old copy")},
	{"Conference", "beep", oneOf("true", "false", "onEnter", "onExit"), "true", unsure(pageConference, "read in an old copy; onEnter and onExit not at all")},
	{"Conference", "startConferenceOnEnter", boolean, "true", unsure(pageConference, "read in an old copy")},
	{"Conference", "endConferenceOnExit", boolean, "false", unsure(pageConference, "read in an old copy")},
	{"Conference", "waitUrl", aURL.orEmpty(), "Twilio's music", unsure(pageConference, "read in an old copy")},
	{"Conference", "waitMethod", method, "POST", unsure(pageConference, "read in an old copy")},
	{"Conference", "maxParticipants", integer(2, 250), "250", unsure(pageConference, "the least; the page has the 250")},
}
