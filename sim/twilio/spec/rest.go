package spec

// Resource is a row of the requests of the REST API, at https://api.twilio.com.
// Parameters go in the body of a POST, form-encoded, and in the query of a GET.
type Resource struct {
	Name   string
	Method string
	Path   string // {AccountSid} and {Sid} stand for such
	Status int    // of an answer without mistake
	Field  string // of the page, when the answer is a page of a list
	Source
}

// Resources are the requests that the table knows.
var Resources = []Resource{
	{"CreateCall", "POST", "/2010-04-01/Accounts/{AccountSid}/Calls.json", 201, "", unsure(pageCall, "the status 201")},
	{"UpdateCall", "POST", "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", 200, "", unsure(pageCall, "the status 200")},
	{"FetchCall", "GET", "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", 200, "", from(pageCall)},
	{"ListCalls", "GET", "/2010-04-01/Accounts/{AccountSid}/Calls.json", 200, "calls", from(pageCall)},
	{"ListCallEvents", "GET", "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}/Events.json", 200, "events", from(pageEvents)}, // from 15 minutes after the end of the call
	{"FetchAccount", "GET", "/2010-04-01/Accounts/{AccountSid}.json", 200, "", from(pageAccount)},
	{"ListIncomingPhoneNumbers", "GET", "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json", 200, "incoming_phone_numbers", from(pageNumbers)},
	{"ListOutgoingCallerIds", "GET", "/2010-04-01/Accounts/{AccountSid}/OutgoingCallerIds.json", 200, "outgoing_caller_ids", unsure(pageCallers, sdk)},
	{"FetchRecording", "GET", "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json", 200, "", unsure(pageRecordings, sdk)},
	{"DeleteRecording", "DELETE", "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json", 204, "", unsure(pageRecordings, sdk)},
}

// ParameterRow is a row of the parameters of the REST API.
type ParameterRow struct {
	Request, Name string
	Values        Values
	Default       string
	Source
}

var callStatuses = oneOf("queued", "ringing", "in-progress", "canceled", "completed", "failed", "busy", "no-answer")

// Parameters are those of all requests.
var Parameters = []ParameterRow{
	{"CreateCall", "To", endpoint, "", from(pageCall)},
	{"CreateCall", "From", endpoint, "", from(pageCall)}, // a number of the account or a verified one, when To is a number
	{"CreateCall", "Url", absoluteURL, "", from(pageCall)},
	{"CreateCall", "Twiml", text(4000), "", from(pageCall)},
	{"CreateCall", "ApplicationSid", sid("AP"), "", from(pageCall)},
	{"CreateCall", "Method", method, "POST", from(pageCall)},
	{"CreateCall", "FallbackUrl", absoluteURL, "", from(pageCall)},
	{"CreateCall", "FallbackMethod", method, "POST", from(pageCall)},
	{"CreateCall", "StatusCallback", absoluteURL, "", from(pageCall)},
	{"CreateCall", "StatusCallbackEvent", repeated(progress...), "completed", from(pageCall)},
	{"CreateCall", "StatusCallbackMethod", method, "POST", from(pageCall)},
	{"CreateCall", "SendDigits", keys("0123456789ABCDwW#*", 32), "", from(pageCall)},
	{"CreateCall", "Timeout", integer(1, 600), "60", unsure(pageCall, "the least")}, // for some calls 5 seconds more
	{"CreateCall", "TimeLimit", integer(1, 86400), "", unsure(pageCall, "the bounds, which hang on the account; see the limit call")},
	{"CreateCall", "Record", boolean, "false", from(pageCall)},
	{"CreateCall", "RecordingChannels", oneOf("mono", "dual"), "mono", from(pageCall)},
	{"CreateCall", "RecordingTrack", oneOf("inbound", "outbound", "both"), "both", from(pageCall)},
	{"CreateCall", "RecordingStatusCallback", absoluteURL, "", from(pageCall)},
	{"CreateCall", "RecordingStatusCallbackMethod", method, "POST", from(pageCall)},
	{"CreateCall", "RecordingStatusCallbackEvent", repeated(recorded...), "completed", unsure(pageCall, "a key each, as twilio-go sends them; the page says with blanks between")},
	{"CreateCall", "RecordingConfigurationId", text(0), "", from(pageCall)},
	{"CreateCall", "Trim", oneOf("trim-silence", "do-not-trim"), "trim-silence", from(pageCall)},
	{"CreateCall", "CallerId", endpoint, "", from(pageCall)},
	{"CreateCall", "SipAuthUsername", text(255), "", from(pageOf(21221))},
	{"CreateCall", "SipAuthPassword", text(255), "", from(pageOf(21223))},
	{"CreateCall", "MachineDetection", oneOf("Enable", "DetectMessageEnd"), "", from(pageCall)}, // not with SendDigits
	{"CreateCall", "MachineDetectionTimeout", integer(3, 59), "30", unsure(pageAMD, "the bounds, read in quotations of the page; those of Number are 3 to 60")},
	{"CreateCall", "MachineDetectionSpeechThreshold", integer(1000, 6000), "2400", from(pageCall)},
	{"CreateCall", "MachineDetectionSpeechEndThreshold", integer(500, 5000), "1200", from(pageCall)},
	{"CreateCall", "MachineDetectionSilenceTimeout", integer(2000, 10000), "5000", from(pageCall)},
	{"CreateCall", "AsyncAmd", boolean, "false", from(pageCall)},
	{"CreateCall", "AsyncAmdStatusCallback", absoluteURL, "", from(pageCall)},
	{"CreateCall", "AsyncAmdStatusCallbackMethod", method, "POST", unsure(pageAMD, "GET, which is on the page of the call and not on this")},
	{"CreateCall", "Byoc", sid("BY"), "", from(pageCall)},
	{"CreateCall", "CallReason", text(50), "", unsure(pageCall, "the length, which is that of Dial")},
	{"CreateCall", "CallToken", text(0), "", from(pageCall)},
	{"CreateCall", "ClientNotificationUrl", absoluteURL, "", from(pageCall)},
	{"CreateCall", "Passports", text(0), "", unsure(pageCall, undocumented)},

	{"UpdateCall", "Url", absoluteURL, "", from(pageCall)},
	{"UpdateCall", "Method", method, "POST", from(pageCall)},
	{"UpdateCall", "Twiml", text(4000), "", unsure(pageCall, "the length, which is that of CreateCall")},
	{"UpdateCall", "Status", oneOf("canceled", "completed"), "", from(pageCall)}, // canceled ends what is queued or rings, completed all
	{"UpdateCall", "FallbackUrl", absoluteURL, "", from(pageCall)},
	{"UpdateCall", "FallbackMethod", method, "POST", from(pageCall)},
	{"UpdateCall", "StatusCallback", absoluteURL, "", from(pageCall)},
	{"UpdateCall", "StatusCallbackMethod", method, "POST", from(pageCall)},
	{"UpdateCall", "TimeLimit", integer(1, 86400), "", unsure(pageCall, "the bounds")},

	{"ListCalls", "To", endpoint, "", from(pageCall)},
	{"ListCalls", "From", endpoint, "", from(pageCall)},
	{"ListCalls", "ParentCallSid", sid("CA"), "", from(pageCall)},
	{"ListCalls", "Status", callStatuses, "", from(pageCall)},
	{"ListCalls", "StartTime", aDate, "", from(pageCall)},  // on the day
	{"ListCalls", "StartTime<", aDate, "", from(pageCall)}, // before the day
	{"ListCalls", "StartTime>", aDate, "", from(pageCall)}, // on or after the day
	{"ListCalls", "EndTime", aDate, "", from(pageCall)},
	{"ListCalls", "EndTime<", aDate, "", from(pageCall)},
	{"ListCalls", "EndTime>", aDate, "", from(pageCall)},
	{"ListCalls", "PageSize", integer(1, 1000), "50", from(pageCall)},
	{"ListCalls", "Page", integer(0, 0), "0", from(pageCall)},
	{"ListCalls", "PageToken", text(0), "", from(pageCall)},

	{"ListCallEvents", "PageSize", integer(1, 1000), "50", from(pageEvents)},
	{"ListCallEvents", "Page", integer(0, 0), "0", from(pageEvents)},
	{"ListCallEvents", "PageToken", text(0), "", from(pageEvents)},

	{"ListIncomingPhoneNumbers", "PhoneNumber", text(0), "", unsure(pageNumbers, sdk)}, // a part will do, * is any digit
	{"ListIncomingPhoneNumbers", "FriendlyName", text(0), "", unsure(pageNumbers, sdk)},
	{"ListIncomingPhoneNumbers", "Beta", boolean, "true", unsure(pageNumbers, sdk)},
	{"ListIncomingPhoneNumbers", "Origin", oneOf("twilio", "hosted"), "", unsure(pageNumbers, sdk)},
	{"ListIncomingPhoneNumbers", "PageSize", integer(1, 1000), "50", unsure(pageNumbers, sdk)},
	{"ListIncomingPhoneNumbers", "Page", integer(0, 0), "0", unsure(pageNumbers, sdk)},
	{"ListIncomingPhoneNumbers", "PageToken", text(0), "", unsure(pageNumbers, sdk)},

	{"ListOutgoingCallerIds", "PhoneNumber", text(0), "", unsure(pageCallers, sdk)},
	{"ListOutgoingCallerIds", "FriendlyName", text(0), "", unsure(pageCallers, sdk)},
	{"ListOutgoingCallerIds", "PageSize", integer(1, 1000), "50", unsure(pageCallers, sdk)},
	{"ListOutgoingCallerIds", "Page", integer(0, 0), "0", unsure(pageCallers, sdk)},
	{"ListOutgoingCallerIds", "PageToken", text(0), "", unsure(pageCallers, sdk)},
}

// Relation is a row of what parameters of one request do to each other.
type Relation struct {
	Request string
	Names   []string
	Says    Says
	Source
}

// Says is what a relation says of its parameters.
type Says string

// What relations say.
const (
	Required  Says = "all are required"
	OneNeeded Says = "one at least is required"
	FirstWins Says = "those behind the first that is there are ignored"
	NotBoth   Says = "one at most is allowed"
	Needs     Says = "the first needs the second"
)

// Relations are those among parameters.
var Relations = []Relation{
	{"CreateCall", []string{"To", "From"}, Required, from(pageCall)},
	{"CreateCall", []string{"Url", "Twiml", "ApplicationSid"}, OneNeeded, from(pageOf(21200))},
	{"CreateCall", []string{"Url", "Twiml"}, FirstWins, from(pageCall)},
	{"CreateCall", []string{"ApplicationSid", "Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod", "StatusCallback", "StatusCallbackMethod", "StatusCallbackEvent"}, FirstWins, from(pageOutbound)},
	{"CreateCall", []string{"SendDigits", "MachineDetection"}, FirstWins, from(pageCall)},
	{"CreateCall", []string{"SipAuthUsername", "SipAuthPassword"}, Needs, from(pageOf(21225))},
	{"UpdateCall", []string{"Url", "Twiml"}, NotBoth, from(pageCall)},
}

// Status is a row of the statuses of calls.
type Status struct {
	Name     string
	Terminal bool
	Listed   bool   // the resource has it; else webhooks alone
	Event    string // of the status callback that brings it
	Source
}

// Statuses are those that a call may have, in the order of its life.
var Statuses = []Status{
	{"queued", false, true, "", from(pageCall)},
	{"initiated", false, false, "initiated", from(pageCall)}, // the call has left the queue of the account and is dialed
	{"ringing", false, true, "ringing", from(pageCall)},
	{"in-progress", false, true, "answered", from(pageCall)},
	{"completed", true, true, "completed", from(pageCall)},
	{"busy", true, true, "completed", from(pageCall)},
	{"no-answer", true, true, "completed", from(pageCall)},
	{"failed", true, true, "completed", from(pageCall)},
	{"canceled", true, true, "completed", from(pageCall)}, // no callback at all when the call was still queued
}

// FieldRow is a row of the fields of the JSON that the REST API answers with.
type FieldRow struct {
	Object, Name, Form string
	Source
}

const (
	aString = "string"
	orNull  = "string or null"
	rfc2822 = "RFC 2822 or null" // Tue, 31 Aug 2010 20:36:28 +0000
	aNumber = "number"
	anyMap  = "object"
)

// Fields are those of all answers.
var Fields = []FieldRow{
	{"Call", "sid", aString, from(pageCall)}, // CA
	{"Call", "account_sid", aString, from(pageCall)},
	{"Call", "parent_call_sid", orNull, from(pageCall)},
	{"Call", "phone_number_sid", orNull, from(pageCall)},
	{"Call", "group_sid", orNull, from(pageCall)},
	{"Call", "trunk_sid", orNull, from(pageCall)},
	{"Call", "to", aString, from(pageCall)},
	{"Call", "to_formatted", aString, from(pageCall)},
	{"Call", "from", aString, from(pageCall)},
	{"Call", "from_formatted", aString, from(pageCall)},
	{"Call", "status", aString, from(pageCall)},
	{"Call", "direction", aString, from(pageCall)},  // inbound, outbound-api, outbound-dial
	{"Call", "answered_by", orNull, from(pageCall)}, // the examples have machine_start and human, the text human and machine
	{"Call", "start_time", rfc2822, from(pageCall)},
	{"Call", "end_time", rfc2822, from(pageCall)},
	{"Call", "duration", orNull, from(pageCall)}, // seconds
	{"Call", "price", orNull, from(pageCall)},    // negative
	{"Call", "price_unit", orNull, from(pageCall)},
	{"Call", "queue_time", aString, from(pageCall)}, // milliseconds
	{"Call", "date_created", rfc2822, from(pageCall)},
	{"Call", "date_updated", rfc2822, from(pageCall)},
	{"Call", "api_version", aString, from(pageCall)},
	{"Call", "caller_name", orNull, from(pageCall)},
	{"Call", "forwarded_from", orNull, from(pageCall)},
	{"Call", "uri", aString, from(pageCall)},
	{"Call", "subresource_uris", anyMap, from(pageCall)},

	{"Page", "first_page_uri", aString, from(pageCall)},
	{"Page", "next_page_uri", orNull, from(pageCall)},
	{"Page", "previous_page_uri", orNull, from(pageCall)},
	{"Page", "page", aNumber, from(pageCall)},
	{"Page", "page_size", aNumber, from(pageCall)},
	{"Page", "start", aNumber, from(pageCall)},
	{"Page", "end", aNumber, from(pageCall)},
	{"Page", "uri", aString, from(pageCall)},

	{"Event", "request", anyMap, from(pageEvents)},  // url, method, parameters with keys in snake_case
	{"Event", "response", anyMap, from(pageEvents)}, // date_created, request_duration, response_code, content_type, response_body

	{"Account", "sid", aString, unsure(pageAccount, sdk)},
	{"Account", "friendly_name", aString, unsure(pageAccount, sdk)},
	{"Account", "status", aString, unsure(pageAccount, sdk)}, // active, suspended, closed
	{"Account", "type", aString, unsure(pageAccount, sdk)},   // Trial, Full
	{"Account", "owner_account_sid", aString, unsure(pageAccount, sdk)},
	{"Account", "auth_token", aString, unsure(pageAccount, sdk)},
	{"Account", "date_created", rfc2822, unsure(pageAccount, sdk)},
	{"Account", "date_updated", rfc2822, unsure(pageAccount, sdk)},
	{"Account", "uri", aString, unsure(pageAccount, sdk)},
	{"Account", "subresource_uris", anyMap, unsure(pageAccount, sdk)},

	{"IncomingPhoneNumber", "sid", aString, unsure(pageNumbers, sdk)}, // PN
	{"IncomingPhoneNumber", "account_sid", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "friendly_name", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "phone_number", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "voice_url", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "voice_method", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "voice_fallback_url", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "voice_fallback_method", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "status_callback", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "status_callback_method", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "voice_application_sid", orNull, unsure(pageNumbers, sdk)}, // instead of voice_url
	{"IncomingPhoneNumber", "trunk_sid", orNull, unsure(pageNumbers, sdk)},             // instead of both
	{"IncomingPhoneNumber", "capabilities", anyMap, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "api_version", aString, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "date_created", rfc2822, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "date_updated", rfc2822, unsure(pageNumbers, sdk)},
	{"IncomingPhoneNumber", "uri", aString, unsure(pageNumbers, sdk)},

	{"Error", "code", aNumber, from(pageDebugging)},
	{"Error", "message", aString, from(pageDebugging)},
	{"Error", "more_info", aString, from(pageDebugging)}, // https://www.twilio.com/docs/errors/CODE
	{"Error", "status", aNumber, from(pageDebugging)},
}
