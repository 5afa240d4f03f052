package spec

// Element is a row of the verbs and nouns of TwiML.
type Element struct {
	Name   string
	Within []string // the elements that it may stand in
	Body   Body
	After  After
	Use    Use
	Source
}

// Body is what may stand between the tags of an element.
type Body string

// Bodies of elements.
const (
	Empty     Body = "empty"
	TextOnly  Body = "text"
	Nested    Body = "elements"
	TextOr    Body = "text or elements"
	Mixed     Body = "text and elements"
	MaybeText Body = "text or nothing"
)

// After says whether a document goes on behind a verb.
type After string

// Ways on from a verb.
const (
	GoesOn     After = "goes on"
	Never      After = "never"     // what stands behind is not reached
	NoAction   After = "no action" // goes on when it has no action
	NoInput    After = "no input"  // goes on when nobody entered anything, unless actionOnEmptyResult
	OfNoMatter After = "not a verb"
)

// Use says whether the twin plays an element.
type Use string

// Uses of elements.
const (
	Played Use = "played"
	Known  Use = "known" // Twilio has it, the twin refuses to play it
)

var (
	inResponse = []string{"Response"}
	inGather   = []string{"Response", "Gather"}
	inDial     = []string{"Dial"}
	inSay      = []string{"Say"}
)

const sdk = "the page was not read; it is as twilio-go v1.31.0 has it"

// Elements are the verbs and nouns.
var Elements = []Element{
	{"Response", nil, Nested, OfNoMatter, Played, from(pageTwiML)},
	{"Say", inGather, Mixed, GoesOn, Played, from(pageSay)},
	{"Play", inGather, MaybeText, GoesOn, Played, from(pagePlay)}, // nothing with digits, which Gather does not take
	{"Pause", inGather, Empty, GoesOn, Played, from(pagePause)},
	{"Gather", inResponse, Nested, NoInput, Played, from(pageGather)},
	{"Record", inResponse, Empty, Never, Played, from(pageRecord)},
	{"Dial", inResponse, TextOr, NoAction, Played, from(pageDial)},
	{"Number", inDial, TextOnly, OfNoMatter, Played, from(pageNumber)},
	{"Sip", []string{"Dial", "Refer"}, TextOnly, OfNoMatter, Played, from(pageSip)},
	{"Enqueue", inResponse, TextOr, NoAction, Played, from(pageEnqueue)},
	{"Leave", inResponse, Empty, Never, Played, from(pageLeave)},
	{"Redirect", inResponse, TextOnly, Never, Played, from(pageRedirect)},
	{"Hangup", inResponse, Empty, Never, Played, from(pageHangup)},
	{"Reject", inResponse, Empty, Never, Played, from(pageReject)},

	{"Queue", inDial, TextOnly, OfNoMatter, Known, from(pageQueue)},
	{"Client", inDial, TextOr, OfNoMatter, Known, from(pageClient)},
	{"Identity", []string{"Client"}, TextOnly, OfNoMatter, Known, from(pageClient)},
	{"Parameter", []string{"Client"}, Empty, OfNoMatter, Known, unsure(pageClient, "that it stands elsewhere as well: "+sdk)},
	{"Conference", inDial, TextOnly, OfNoMatter, Known, from(pageConference)},
	{"Application", inDial, TextOr, OfNoMatter, Known, from(pageDial)},
	{"WhatsApp", inDial, TextOnly, OfNoMatter, Known, from(pageDial)},
	{"Sim", inDial, TextOnly, OfNoMatter, Known, unsure(docs+"voice/twiml/sim", sdk)},
	{"Task", []string{"Enqueue"}, TextOnly, OfNoMatter, Known, from(pageEnqueue)},
	{"Refer", inResponse, Nested, NoAction, Known, from(pageRefer)},
	{"Connect", inResponse, Nested, NoAction, Known, unsure(docs+"voice/twiml/connect", sdk)},
	{"Start", inResponse, Nested, GoesOn, Known, unsure(docs+"voice/twiml/start", sdk)},
	{"Stop", inResponse, Nested, GoesOn, Known, unsure(docs+"voice/twiml/stop", sdk)},
	{"Pay", inResponse, Nested, Never, Known, unsure(docs+"voice/twiml/pay", sdk)},
	{"Prompt", inResponse, Nested, GoesOn, Known, unsure(docs+"voice/twiml/pay/prompt", sdk)},
	{"Echo", inResponse, Empty, Never, Known, unsure(pageTwiML, sdk)},
	{"Sms", inResponse, TextOnly, GoesOn, Known, unsure(docs+"voice/twiml/sms", sdk)},
	{"Stream", []string{"Start", "Stop", "Connect"}, Nested, OfNoMatter, Known, unsure(docs+"voice/twiml/stream", sdk)},
	{"Siprec", []string{"Start", "Stop"}, Nested, OfNoMatter, Known, unsure(docs+"voice/twiml/siprec", sdk)},
	{"Transcription", []string{"Start", "Stop"}, Nested, OfNoMatter, Known, unsure(docs+"voice/twiml/transcription", sdk)},
	{"Recording", []string{"Start", "Stop"}, Empty, OfNoMatter, Known, unsure(docs+"voice/twiml/recording", sdk)},
	{"VirtualAgent", []string{"Connect"}, Nested, OfNoMatter, Known, unsure(docs+"voice/twiml/connect/virtualagent", sdk)},
	{"ConversationRelay", []string{"Connect"}, Nested, OfNoMatter, Known, unsure(docs+"voice/twiml/connect/conversationrelay", sdk)},
	{"Room", []string{"Connect"}, TextOnly, OfNoMatter, Known, unsure(docs+"voice/twiml/connect/room", sdk)},

	{"break", inSay, Empty, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"emphasis", inSay, Mixed, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"lang", inSay, Mixed, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"p", inSay, Mixed, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"phoneme", inSay, TextOnly, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"prosody", inSay, Mixed, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"s", inSay, Mixed, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"say-as", inSay, TextOnly, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"sub", inSay, TextOnly, OfNoMatter, Known, unsure(pageSSML, sdk)},
	{"w", inSay, TextOnly, OfNoMatter, Known, unsure(pageSSML, sdk)},
}

// Document is a row of the documents that take some verbs only.
type Document struct {
	Name  string
	Verbs []string
	Source
}

// Documents are those that take some verbs only.
var Documents = []Document{
	{"waitUrl of Enqueue", []string{"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"}, from(pageEnqueue)},
	{"url of Number", []string{"Play", "Say", "Gather", "Hangup"}, from(pageNumber)},
	{"url of Sip", []string{"Play", "Say", "Gather", "Hangup"}, unsure(pageSip, "the page names these and forbids Dial alone")},
	{"url of Queue", []string{"Play", "Say", "Pause", "Redirect"}, from(pageQueue)},
}

// OnlyIn returns the verbs of a document that takes some only.
func OnlyIn(document string) ([]string, bool) {
	d, ok := find(Documents, func(d Document) bool { return d.Name == document })
	return d.Verbs, ok
}
