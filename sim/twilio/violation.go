package twin

import (
	"fmt"
	"slices"
	"time"
)

// Violation is something that the service did which Twilio's documentation does
// not provide for. Any violation fails a test.
type Violation struct {
	At    time.Time
	Call  string // the sid, where there is one
	Where string // "REST POST /2010-04-01/...", "TwiML https://..." or "webhook https://..."
	What  string // what is wrong
	Code  int    // the error that Twilio gives or logs; 0 where it is silent
	Doc   string // the page that it is against, as far as one is known
}

// String says all of it in a line.
func (v Violation) String() string {
	s := v.Where + ": " + v.What
	if v.Code != 0 {
		s += fmt.Sprintf(" (error %d)", v.Code)
	}
	if v.Doc != "" {
		s += ", see " + v.Doc
	}
	return s
}

// Violations are those so far, in order. A test expects none.
func (t *Twin) Violations() []Violation {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.violations)
}

// violate notes a violation.
func (t *Twin) violate(v Violation) {
	v.At = time.Now()
	t.mu.Lock()
	t.violations = append(t.violations, v)
	t.mu.Unlock()
	t.opt.Log.Warn("violation", "call_sid", v.Call, "where", v.Where, "what", v.What, "code", v.Code)
	t.write(Entry{Kind: KindViolation, Call: v.Call, Note: v.String(), Code: v.Code})
}
