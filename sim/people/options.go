package people

import (
	"cmp"
	"log/slog"
	"time"
)

// Options describe a Network. The zero value is a carrier on a free port of
// 127.0.0.1, without subscribers, whose people know no prompts.
type Options struct {
	Listen      string       // the carrier's SIP address, UDP; "" means 127.0.0.1:0
	Service     string       // where subscribers' and phones' calls go, host:port; SetService changes it
	Seed        uint64       // the same seed, number and attempt make the same person
	Subscribers []Subscriber // who is known by name; a person stands behind any other number too
	Book        []Prompt     // what people understand
	Behaviour   Behaviour    // how they behave
	Challenge   *Credentials // asked of the service's INVITEs by 407; nil asks for nothing
	RecordDir   string       // where recorded legs are written; "" records nothing

	// Record chooses the numbers whose legs are recorded; nil records none but
	// the phones and scripts that ask for it.
	Record func(number string) bool

	// Notify is called with each entry as it is written, one at a time, before
	// anything that follows from it is done or sent (an answer is written
	// before its 200 leaves, a key after its last end packet has left): a test
	// may end the service from it. The whole network stands still meanwhile. It
	// may read the diary, but must not wait for the network.
	Notify func(Entry)

	T1         time.Duration // SIP's timer T1; 0 means 500 ms
	DiaryLimit int           // entries kept, the oldest go first; 0 means 200000
	LegLimit   int           // finished legs and keys kept for the summaries; 0 means 50000
	Log        *slog.Logger  // nil discards
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.DiaryLimit = cmp.Or(o.DiaryLimit, 200_000)
	o.LegLimit = cmp.Or(o.LegLimit, 50_000)
	o.T1 = cmp.Or(o.T1, 500*time.Millisecond)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.Behaviour = o.Behaviour.withDefaults()
	return o
}

// Subscriber is what is known of the person behind a number.
type Subscriber struct {
	Number   string        // as the service dials it
	Language string        // of the prompts that are meant for this person, such as "zh"; "" understands all
	Personas []Persona     // on the first attempt, the second, ...; the last one stays; none means drawn
	Codecs   []string      // "PCMU", "PCMA", most wanted first; none means drawn
	Greets   time.Duration // on answering, the person speaks first, so long; 0 waits for the other side
}

// Credentials are a digest account.
type Credentials struct {
	User, Password string
	Realm          string // "" means careline.example
}
