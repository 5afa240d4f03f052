package twin

import (
	"cmp"
	"strings"
	"time"
)

// FaultKind is one thing that goes wrong.
type FaultKind string

// Faults of REST requests.
const (
	TooMany         FaultKind = "429"             // 429 with Twilio's error and Retry-After
	Internal        FaultKind = "500"             // 500 with Twilio's error, nothing done
	InternalBare    FaultKind = "500 bare"        // 500 of a gateway, without Twilio's JSON, nothing done
	InternalDone    FaultKind = "500 done"        // 500 of a gateway, after it was done
	Unavailable     FaultKind = "503"             // 503 with Twilio's error, nothing done
	UnavailableBare FaultKind = "503 bare"        // 503 of a gateway, nothing done
	UnavailableDone FaultKind = "503 done"        // 503 of a gateway, after it was done
	SlowAnswer      FaultKind = "slow answer"     // done at once, answered later
	AnswerLost      FaultKind = "answer lost"     // done, and the connection broken
	ConnectionReset FaultKind = "connection lost" // the connection broken, nothing done
	FetchStale      FaultKind = "fetch stale"     // a call is shown as it was before its last change
	ListLate        FaultKind = "list late"       // a list does not have the calls of the last Late yet
)

// Faults of webhooks: "callback" are those of status, detection and recordings.
const (
	CallbackLost     FaultKind = "callback lost"
	CallbackTwice    FaultKind = "callback twice"
	CallbackLate     FaultKind = "callback late"    // sent so much later, after those that follow
	CallbackSwapped  FaultKind = "callback swapped" // sent after the one that follows
	FetchLate        FaultKind = "fetch late"       // a document is requested later
	FetchTwice       FaultKind = "fetch twice"      // a document's request is repeated, as after an answer that was lost
	FetchTwiceAtOnce FaultKind = "fetch twice at once"
	RecordingLate    FaultKind = "recording late"  // a recording is complete later; until then it is not there
	FetchForgotten   FaultKind = "fetch forgotten" // the answer is lost for good: the fallback is asked
)

// Faults are what goes wrong, listed and by chance.
type Faults struct {
	List   []Fault
	Chance map[FaultKind]float64 // 0..1 of each request or webhook that it can happen to, by the seed
	Late   time.Duration         // how late is late; 0 means 2 s
	Retry  time.Duration         // said in Retry-After of 429 and 503; 0 means 1 s
}

// Fault is one that is listed.
type Fault struct {
	Kind  FaultKind
	On    string // a part of "METHOD path" of REST, or of a webhook's "URL event"; "" is any
	Skip  int    // this many that fit go well first
	Times int    // it happens so often; 0 means once, below 0 always
}

// SetFaults changes what goes wrong from now on.
func (t *Twin) SetFaults(f Faults) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = newFaulty(f)
}

// faulty is a plan as it is being carried out. It belongs to t.mu.
type faulty struct {
	Faults
	met []int // how often each of List had something that fits
}

func newFaulty(f Faults) faulty {
	f.Late, f.Retry = cmp.Or(f.Late, 2*time.Second), cmp.Or(f.Retry, time.Second)
	return faulty{Faults: f, met: make([]int, len(f.List))}
}

// fault is the first of the kinds that shall happen to what; "" is none. key
// names the occasion, for the dice.
func (t *Twin) fault(call, what, key string, kinds ...FaultKind) FaultKind {
	t.mu.Lock()
	if len(t.faults.List)+len(t.faults.Chance) == 0 {
		t.mu.Unlock()
		return ""
	}
	k := t.faults.draw(dice{t.opt.Seed, key}, what, kinds)
	t.mu.Unlock()
	if k != "" {
		t.write(Entry{Kind: KindFault, Call: call, Note: string(k) + " on " + what})
	}
	return k
}

func (f *faulty) draw(d dice, what string, kinds []FaultKind) FaultKind {
	var found FaultKind
	for _, k := range kinds {
		for i, l := range f.List {
			if l.Kind != k || !strings.Contains(what, l.On) {
				continue
			}
			f.met[i]++
			n := f.met[i] - l.Skip
			if n > 0 && (l.Times < 0 || n <= max(l.Times, 1)) && found == "" {
				found = k
			}
		}
	}
	for _, k := range kinds {
		if found == "" && f.Chance[k] > 0 && d.roll(string(k)) < f.Chance[k] {
			found = k
		}
	}
	return found
}

// late is how late what is late comes.
func (t *Twin) late() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.faults.Late
}
