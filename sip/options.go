package sip

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"time"

	"careline/audio"
	"careline/audio/greeting"
	"careline/audio/progress"
	"careline/call"
	"careline/ivr"
	"careline/sip/sdp"
	"careline/sip/wire"
)

// Speaker turns prompts into sound. The package speech is one.
type Speaker interface {
	// Clips are the pieces of a prompt, to be played one after another.
	Clips(p ivr.Prompt) ([]*audio.Clip, error)
	// Clip is a recording by its name, such as music.
	Clip(name string) (*audio.Clip, error)
}

// Options tune a Driver. The zero value listens on a free port of loopback and
// takes no calls.
type Options struct {
	Listen string         // address for SIP over UDP; empty is 127.0.0.1:0
	TCP    bool           // listen for TCP there too
	TLS    string         // address for SIP over TLS, which needs a certificate; empty: none
	Secure wire.Secure    // how TLS proves who is who, in both directions
	Host   string         // the address that the others shall see, where it is not the one listened on
	Host6  string         // likewise for those reached by IPv6, beside a Host of IPv4
	Local  []netip.Prefix // those there see the one listened on all the same
	Ports  Ports          // for sound; the zero value is any free port
	Node   string         // this service's name, by which registrars tell it from others that have the same trunks; empty is careline
	Realm  string         // of our digest challenges; empty is careline
	// Digests are the algorithms that phones are asked for, in this order: MD5,
	// SHA-256. Empty is the default of a dialog.Authenticator.
	Digests []string

	Trunks   []Trunk
	Phones   map[string]string // the agents' names and the passwords of their phones
	Proxies  []netip.Addr      // proxies of ours that phones may be behind; these prove themselves all the same
	SRTP     sdp.Security      // of the phones' sound; empty is off
	Bindings Bindings          // nil forgets phones when the process ends
	Bans     Bans              // nil forgets who is shut out, likewise
	// Announcements are those of networks that are recognised before an answer.
	// Nil knows tones alone.
	Announcements *progress.Library
	Greeting      greeting.Options // how people are told from machines that answer
	Traces        Traces           // gets the messages of each call that is over; nil: none are kept
	Speaker       Speaker          // nil can say nothing
	Queue         call.Queue       // nil takes no callers; see SetQueue
	// Apology is said when a prompt is missing. Nil says nothing.
	Apology func(lang string) ivr.Prompt

	// OnCall takes a call from a trunk, and returns when it is over. Nil refuses
	// all.
	OnCall func(ctx context.Context, in call.Incoming)
	// OnPhone takes a call from an agent's registered phone, likewise. Info names
	// the agent.
	OnPhone func(ctx context.Context, in call.Incoming)
	// OnPresence is told when an agent's phone can be reached and when it cannot
	// any more, one call at a time.
	OnPresence func(ctx context.Context, agent string, reachable bool)
	// OnAlarm is told what a person should look at, one alarm at a time.
	OnAlarm func(ctx context.Context, a call.Alarm)
	// OnTrunk is told when a trunk comes up or goes down.
	OnTrunk func(ctx context.Context, t TrunkState)

	SessionExpires time.Duration // a call whose far end shows no sign of life for so long is ended (RFC 4028); 0 is 30 min, less than 0 leaves it to the far end
	MinSE          time.Duration // the least that a far end may ask for; 0 is 90 s
	MostSetups     int           // calls that come in at once and do not ring yet; the others get 503; 0 is 128

	MaxCall       time.Duration // any call is ended after this; 0 is 2 h
	FirstSound    time.Duration // a call is broken that brings no sound at all for so long; 0 is 30 s
	NextSound     time.Duration // and one that falls silent after it brought some; 0 is 15 s
	ProbeEvery    time.Duration // between two questions to a registered phone; 0 is 9 s
	ProbeWait     time.Duration // for each of the two tries of a question; 0 is 2 s
	PhoneWait     time.Duration // until a phone that is called rings, or it is taken for gone; 0 is 6 s
	PortRest      time.Duration // of ports for sound, from one call to the next; 0 is 32 s, less than 0 none
	RegisterRetry time.Duration // of our registrations at trunks, after a failure, doubled by each further one; 0 is 15 s
	Goodbye       time.Duration // for the BYEs of all calls when Run ends; 0 is 3 s

	Messages     string // a directory for what callers say to the record nodes of flows; empty takes no messages
	MostMessages int64  // bytes that it may hold; then no message is taken. 0 is 10 GB

	Record string       // a directory for a WAV file of each call, both directions; empty records nothing
	Log    *slog.Logger // nil discards
}

// Ports is a range of UDP ports, both included.
type Ports struct {
	First, Last uint16
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.Realm = cmp.Or(o.Realm, "careline")
	o.Node = cmp.Or(o.Node, "careline")
	o.MaxCall = cmp.Or(o.MaxCall, 2*time.Hour)
	o.FirstSound = cmp.Or(o.FirstSound, 30*time.Second)
	o.NextSound = cmp.Or(o.NextSound, 15*time.Second)
	o.ProbeEvery = cmp.Or(o.ProbeEvery, 9*time.Second)
	o.ProbeWait = cmp.Or(o.ProbeWait, 2*time.Second)
	o.PhoneWait = cmp.Or(o.PhoneWait, 6*time.Second)
	o.Goodbye = cmp.Or(o.Goodbye, 3*time.Second)
	o.MostMessages = cmp.Or(o.MostMessages, 10<<30)
	if o.Apology == nil {
		o.Apology = func(lang string) ivr.Prompt { return ivr.Prompt{Lang: lang} }
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// tcp is where TCP is listened for; empty: nowhere.
func (o Options) tcp() string {
	if !o.TCP {
		return ""
	}
	return o.Listen
}
