package spec

// LimitRow is a row of the bounds that are no parameter's.
type LimitRow struct {
	Name  string
	Value int
	Unit  string
	Source
}

// Limits are the bounds, by name.
var Limits = []LimitRow{
	{"document", 64 * 1024, "bytes", unsure(pageOf(11750), "that a kB is 1024 bytes")},
	{"twiml parameter", 4000, "characters", from(pageOf(32018))},
	{"redirects", 10, "redirects", from(pageTwiML)},
	{"connect", 5000, "ms", from(pageOverrides)},
	{"read", 15000, "ms", from(pageOverrides)},
	{"total", 15000, "ms", from(pageOverrides)},
	{"retries", 1, "retries", from(pageOverrides)}, // of a connection that failed
	{"dial buffer", 5, "s", from(pageDial)},
	{"nouns", 10, "nouns", from(pageNumber)}, // of Number, Client or Sip in a Dial
	{"loop", 1000, "times", from(pageSay)},
	{"queue name", 64, "characters", from(pageEnqueue)},
	{"queue size", 1000, "calls", from(pageEnqueue)},
	{"sip uri", 254, "characters", from(pageSip)},
	{"sip headers", 1023, "characters", from(pageSip)},
	{"say basic", 4096, "characters", from(pageOf(13521))}, // man and woman
	{"say polly", 3000, "characters", from(pageOf(13521))},
	{"say google", 5000, "characters", from(pageOf(13521))},
	{"call", 14400, "s", from(pageDial)},      // by default
	{"long call", 86400, "s", from(pageDial)}, // when the account has calls of 24 hours
	{"calls per second", 1, "calls", from(pageCPS)},
	{"most calls per second", 5, "calls", from(pageCall)}, // that a customer sets alone
	{"queued calls", 86400, "s", from(pageOf(22005))},     // of waiting, beyond which calls are refused
	{"events after", 900, "s", from(pageEvents)},          // the end of a call
	{"page size", 50, "rows", from(pageCall)},             // by default
	{"most page size", 1000, "rows", from(pageCall)},      //
	{"speech", 60, "s", from(pageGather)},                 //
	{"sip auth", 255, "characters", from(pageOf(21221))},  //
	{"play", 2400, "s", from(pagePlay)},                   // longer files may drop the call
	{"trial call", 600, "s", unsure(pageOf(13805), "the title alone was read")},
}

// Override is a row of what the fragment of a webhook's URL may say, as in
// https://example.com/call#rc=2&rp=ct,rt. The fragment is neither sent nor signed.
type Override struct {
	Key     string
	Values  Values
	Default string
	Source
}

// Overrides are the keys of the fragment.
var Overrides = []Override{
	{"ct", integer(100, 10000), "5000", from(pageOverrides)}, // ms to connect
	{"rt", integer(100, 15000), "15000", from(pageOverrides)},
	{"tt", integer(100, 15000), "15000", from(pageOverrides)},
	{"rc", integer(0, 5), "1", from(pageOverrides)},
	{"rp", repeated("4xx", "5xx", "ct", "rt", "all"), "ct", from(pageOverrides)}, // commas between
	{"sni", oneOf("y", "n"), "y", from(pageOverrides)},
	{"e", repeated("ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla",
		"ashburn-ix", "frankfurt-ix", "london-ix", "san-jose-ix", "singapore-ix"), "ashburn", from(pageOverrides)}, // commas between
}

// Content is a row of the types of answers to webhooks.
type Content struct {
	Type string // or a prefix of it, with a slash at its end
	As   string // document; sound, then hang-up; text that is a document, or else is read out, then hang-up
	Source
}

// Contents are the types that Twilio takes.
var Contents = []Content{
	{"text/xml", "document", from(pageTwiML)},
	{"application/xml", "document", from(pageTwiML)},
	{"text/html", "document", from(pageTwiML)},
	{"text/plain", "text", from(pageTwiML)},
	{"audio/mpeg", "sound", from(pagePlay)},
	{"audio/wav", "sound", from(pagePlay)},
	{"audio/wave", "sound", from(pagePlay)},
	{"audio/x-wav", "sound", from(pagePlay)},
	{"audio/aiff", "sound", from(pagePlay)},
	{"audio/x-aifc", "sound", from(pagePlay)},
	{"audio/x-aiff", "sound", from(pagePlay)},
	{"audio/x-gsm", "sound", from(pagePlay)},
	{"audio/gsm", "sound", from(pagePlay)},
	{"audio/ulaw", "sound", from(pagePlay)},
}

// Rule is a row of what takes a sentence.
type Rule struct {
	Of, Says string
	Source
}

// Rules are those that take a sentence each.
var Rules = []Rule{
	{"signature", "X-Twilio-Signature is base64(HMAC-SHA1(primary auth token, the URL and the parameters of a POST))", from(pageSecurity)},
	{"signature", "the URL is the one requested, with scheme, query and its escapes as they are, without the fragment", from(pageSigned)},
	{"signature", "parameters of a POST by name in the order of bytes, each name and value without anything between", from(pageSecurity)},
	{"signature", "of a name that comes more than once each different value, in order, with the name before it", unsure(pageSecurity, "all: the page does not say; twilio-node and twilio-python check so")},
	{"signature", "a GET has its parameters in the query, nothing is appended", from(pageSecurity)},
	{"signature", "user and password are dropped from the URL before", from(pageSecurity)},
	{"signature", "voice over HTTPS: the port is dropped before; voice over HTTP: it is kept", from(pageSecurity)},
	{"signature", "JSON: bodySHA256 in the query is the SHA-256 of the body in hexadecimal, nothing is appended", from(pageSecurity)},
	{"webhook", "retries bear the same I-Twilio-Idempotency-Token as what they retry", unsure(pageOverrides, "that it is the same; the page says that retries are told by it")},
	{"webhook", "a redirect is followed without the parameter Digits", from(pageGather)},
	{"webhook", "the request of a sound bears no parameters", from(pagePlay)},
	{"webhook", "cookies are kept and sent again", from(pageTwiML)},
	{"webhook", "after an error the fallback URL is requested; without one a message is played and the call ends", unsure(pageFallback, "the message, which Twilio's blog has")},
	{"status", "callbacks may arrive in any order", from(pageCall)},
	{"status", "a call that is canceled while queued fires none", from(pageCall)},
	{"status", "an answer is 204, or 200 with an empty Response; others are noted as 15003", from(pageTwiML)},
	{"rest", "fetching a call is eventually consistent", from(pageCall)},
	{"rest", "calls beyond the calls per second of the account are queued, not refused; legs of Dial never are", from(pageCall)},
	{"rest", "actions in a document given as Twiml are absolute", from(pageGather)},
	{"amd", "without AsyncAmd no document is requested before the result", from(pageAMD)},
	{"amd", "the answer to AsyncAmdStatusCallback is not played", unsure(pageAMD, "read in quotations of the page")},
	{"gather", "the timeout runs from the end of what is nested, or from the last key", from(pageGather)},
	{"gather", "a key ends what is nested", from(pageGather)},
	{"gather", "the finishing key before any other counts as no input", from(pageGather)},
	{"enqueue", "waitUrl is requested again when its document has ended", from(pageEnqueue)},
	{"enqueue", "action is requested at once after Leave or a REST request, and after Dial when both have ended", from(pageEnqueue)},
	{"enqueue", "a REST update of an enqueued call plays its own document; action is requested with QueueResult redirected, and what it answers is not played", unsure(pageEnqueue, "that it holds for an update of the call, and that the answer is not played: code in the field counts on it, and warns of Hangup in the answer")},
	{"dial", "action is requested after the caller has hung up as well", unsure(pageDial, fieldOnly)},
	{"enqueue", "without action the verb behind Enqueue is next", from(pageEnqueue)},
	{"record", "of an empty recording the action is not requested, the verb behind is next", unsure(pageRecord, "all: older copies of the page have it")},
}
