package ivr

import (
	"fmt"
	"time"
)

// shortestHostedRing is the least time that somebody is rung by a carrier that
// carries calls out by documents.
const shortestHostedRing = 5 * time.Second

// HostedWarnings says what a carrier cannot do as the flow asks whose calls are
// moved by documents, as Twilio's are: what it does in place of it. file is what
// the problems call the flow's file.
func (f *Flow) HostedWarnings(file string) Problems {
	var found Problems
	for _, name := range f.order {
		n := f.nodes[name]
		warn := func(hint, format string, args ...any) {
			found = append(found, Problem{
				File: file, Line: n.at.line, Column: n.at.column, Warning: true,
				Message: "node " + name + " " + fmt.Sprintf(format, args...), Hint: hint,
			})
		}
		switch k := n.kind.(type) {
		case *gather:
			hostedGather(k.spec, warn)
		case *dial:
			hostedDial(k.spec, warn)
		case *record:
			hostedRecord(k.spec, warn)
		}
	}
	return found
}

// warner notes one thing about a node.
type warner func(hint, format string, args ...any)

// hostedGather warns of keys that are lost, and of timers that are others: there
// is one in whole seconds, for the first key and each that follows.
func hostedGather(g GatherSpec, warn warner) {
	if g.TypeAhead {
		warn("have nobody rely on typeahead", "takes keys that are pressed before it asks, and by Twilio these are lost")
	}
	wait := g.Timeout
	if g.MaxDigits > 1 {
		wait = max(wait, g.InterDigit)
	}
	whole := (wait + time.Second - 1).Truncate(time.Second)
	switch {
	case g.MaxDigits > 1 && g.Timeout != g.InterDigit:
		warn(fmt.Sprintf("write %v for both", whole), "waits %v for the first key and %v for each that follows, and Twilio waits %v for any", g.Timeout, g.InterDigit, whole)
	case whole != wait:
		warn("write whole seconds", "waits %v for a key, and Twilio waits %v", wait, whole)
	}
}

// hostedRecord warns of messages that end later, as whole seconds are counted.
func hostedRecord(r RecordSpec, warn warner) {
	whole := (r.Silence + time.Second - 1).Truncate(time.Second)
	if whole != r.Silence {
		warn("write whole seconds", "ends after a silence of %v, and by Twilio of %v", r.Silence, whole)
	}
}

// hostedDial warns of calls to somebody else that go otherwise.
func hostedDial(d DialSpec, warn warner) {
	if d.Refer {
		warn("", "has the carrier take the caller over, and Twilio joins the two instead: both calls go on, and cost")
	}
	if d.Music != "" && d.Trunk == "" {
		warn("leave music away", "plays %s while it rings, and by Twilio the caller hears it ring", d.Music)
	}
	if d.Ring < shortestHostedRing {
		warn(fmt.Sprintf("write %v", shortestHostedRing), "rings for %v, and Twilio for %v", d.Ring, shortestHostedRing)
	}
}
