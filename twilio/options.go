package twilio

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"careline/audio"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// Book keeps what is known of the calls that live at Twilio. The store is one.
type Book interface {
	// SaveFact puts f together with what is known of its call, by Fact.With, and
	// returns that. It is on disk then.
	SaveFact(ctx context.Context, f call.Fact) (call.Fact, error)
	// Facts returns what is known of the calls with these ids; those of which
	// nothing is known are left out.
	Facts(ctx context.Context, ids []string) ([]call.Fact, error)
	// OpenHosted returns the calls that this run of the node sees to the end of,
	// those of others that are gone among them, as long as they are not over and
	// closed.
	OpenHosted(ctx context.Context) ([]call.Fact, error)
	// CallOf makes the record of a placed call from its attempt, with the contact
	// and the customer. It works for attempts that have ended as well: then
	// EndedAt is set.
	CallOf(ctx context.Context, id campaigns.AttemptID) (call.Record, error)
}

// Ledger keeps attempts. The store is one.
type Ledger interface {
	// MarkAttempt notes a stage of an attempt; campaigns.ErrEnded when it has
	// ended already.
	MarkAttempt(ctx context.Context, id campaigns.AttemptID, up bool, leg campaigns.Leg, at time.Time) error
	// EndAttempt ends an attempt, once; campaigns.ErrEnded when it was.
	EndAttempt(ctx context.Context, e campaigns.End) error
}

// Desk has the conversations. call.Desk is one.
type Desk interface {
	// Route finds what answers an inbound call, or call.ErrNoRoute.
	Route(ctx context.Context, info call.Info) (call.Record, error)
	// Open opens a call that no line of this node carries. A second opening
	// changes nothing.
	Open(ctx context.Context, rec call.Record) error
	// Move moves a call's flow and says where it stands; see call.Desk. Its errors
	// tell call.ErrNoCall, call.ErrStale and call.ErrOver.
	Move(ctx context.Context, id string, seq int, ev ivr.Event) (call.Record, error)
	// Close ends a call. One that is closed stays as it was.
	Close(ctx context.Context, id string, e call.Ending, at time.Time) error
}

// Legs takes the sound of callers who are sent here by SIP. sip.Driver is one.
type Legs interface {
	// ExpectLeg lets one leg in by a secret. The channel gets the leg, and is
	// closed where none has come in time, or ctx has ended.
	ExpectLeg(ctx context.Context, e call.Expected) (<-chan call.Leg, error)
}

// Speaker turns prompts into sound. The package speech is one.
type Speaker interface {
	// Clips are the pieces of a prompt, to be played one after another.
	Clips(p ivr.Prompt) ([]*audio.Clip, error)
	// Clip is a recording by its name, such as music.
	Clip(name string) (*audio.Clip, error)
}

// Talks keeps what came of calls to somebody outside, for a caller. The store does.
type Talks interface {
	// SaveTalk stores a talk, or what has changed of it.
	SaveTalk(ctx context.Context, t call.Talk) error
}

// Options tune a Carrier. Trunks, Public, Book, Ledger and Desk are needed.
type Options struct {
	Trunks []Trunk
	Public string // the base URL by which Twilio reaches this service, such as https://careline.example.com
	Queues string // likewise, of the node that runs the queues; empty is Public
	SIP    string // where callers' sound is sent to, such as careline.example.com:5061;transport=tls; empty: nowhere
	// Sources is where callers' sound is sent from; empty is Signalling.
	Sources []netip.Prefix

	Book    Book
	Ledger  Ledger
	Desk    Desk
	Legs    Legs       // nil takes no callers' sound
	Speaker Speaker    // nil can say nothing but by Twilio's voices
	Queue   call.Queue // nil takes no callers; see SetQueue
	// Accept is what an agent is asked who was called by a number and has answered:
	// to press 1. Nil asks nothing, and waits for the key all the same.
	Accept func() ivr.Prompt
	// Apology is said when a prompt is missing. Nil says nothing.
	Apology func(lang string) ivr.Prompt
	// Words is how a piece of a prompt is said, for Twilio's voices. Nil has them
	// read values as they are written.
	Words func(lang string, p ivr.Piece) ([]string, error)

	Messages  Messages // nil takes no messages
	Directory string   // where they are kept once they are fetched; empty takes none
	KeepThere bool     // Twilio keeps its copies; else they are deleted there

	Talks  Talks  // nil keeps none
	Region string // the country of numbers in national format that flows dial, as GB; empty: only international ones are understood
	// MayDial is asked before a flow has somebody outside called: a text says why
	// that may not be. id is the AgentCall of the talk. Nil permits what the trunk
	// does.
	MayDial func(ctx context.Context, id, trunk string, n phone.Number) string

	// Slowed is told that Twilio has enough, where no call has ended by that. It
	// must be quick. wait is how long it asks to be left alone.
	Slowed func(trunk string, status int, wait time.Duration)

	API    string            // base URL in place of https://api.twilio.com
	HTTP   http.RoundTripper // nil is a transport of its own
	Answer time.Duration     // that a request to the API may take; 0 is 10 s
	Proof  time.Duration     // until a call of which nothing proves that it arrived is given up as unknown; 0 is 10 min
	Look   time.Duration     // between two looks at what other nodes have heard; 0 is 1 s
	Quiet  time.Duration     // of a running call without news, until the API is asked; 0 is 1 min
	Settle time.Duration     // that agents' phones have, once Run begins, to be there before callers of an earlier run are in the queue again; 0 is 5 s
	Part   time.Duration     // for the ends of all calls when Run ends; 0 is 10 s

	Log *slog.Logger // nil discards
}

func (o Options) withDefaults() Options {
	o.Queues = cmp.Or(o.Queues, o.Public)
	if len(o.Sources) == 0 {
		o.Sources = Signalling()
	}
	o.API = cmp.Or(o.API, "https://api.twilio.com")
	o.Answer = cmp.Or(o.Answer, 10*time.Second)
	o.Proof = cmp.Or(o.Proof, 10*time.Minute)
	o.Look = cmp.Or(o.Look, time.Second)
	o.Quiet = cmp.Or(o.Quiet, time.Minute)
	o.Settle = cmp.Or(o.Settle, 5*time.Second)
	o.Part = cmp.Or(o.Part, 10*time.Second)
	if o.HTTP == nil {
		o.HTTP = transport()
	}
	if o.Slowed == nil {
		o.Slowed = func(string, int, time.Duration) {}
	}
	if o.Apology == nil {
		o.Apology = func(lang string) ivr.Prompt { return ivr.Prompt{Lang: lang} }
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// transport is how the API is reached. Calls are placed one after another, and
// their connections are kept.
func transport() http.RoundTripper {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxIdleConnsPerHost: mostLooks, IdleConnTimeout: 90 * time.Second,
	}
}
