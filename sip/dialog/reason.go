package dialog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// Reason is a Reason header (RFC 3326): why a call ended.
type Reason struct {
	Q850 int    // cause; 0 is none
	SIP  int    // status, such as 200 for a call that another callee has answered; 0 is none
	Text string // may be empty
}

// ErrElsewhere is the cause that ends a call because another callee has taken it.
var ErrElsewhere = errors.New("the call was completed elsewhere")

// elsewhere is why a callee is hung up whose answer came after another one's.
var elsewhere = Reason{SIP: 200, Text: "Call completed elsewhere"}

// restarted is why a call of an earlier process is ended: a temporary failure.
var restarted = Reason{Q850: 41, Text: "Caller has restarted"}

// reasonFor is why we take a call back.
func reasonFor(why error, rang bool) Reason {
	switch {
	case errors.Is(why, ErrElsewhere):
		return elsewhere
	case !errors.Is(why, ErrNoAnswer):
		return Reason{Q850: 16, Text: "Call was given up"}
	case rang:
		return Reason{Q850: 19, Text: "No answer"}
	default:
		return Reason{Q850: 18, Text: "No user responding"}
	}
}

// Header returns the Reason header; nil for the zero Reason.
func (r Reason) header() sipmsg.Header {
	var values []string
	if r.Q850 != 0 {
		values = append(values, fmt.Sprintf("Q.850;cause=%d", r.Q850))
	}
	if r.SIP != 0 {
		values = append(values, fmt.Sprintf("SIP;cause=%d", r.SIP))
	}
	if r.Text != "" {
		if len(values) == 0 {
			values = []string{"SIP"}
		}
		values[0] += ";text=" + grammar.Quoted(r.Text)
	}
	if len(values) == 0 {
		return nil
	}
	return sipmsg.NewHeader("Reason", strings.Join(values, ", "))
}

// rawReason is what a message's Reason headers say, as they came.
func rawReason(m sipmsg.Message) string {
	values := make([]string, 0, 2)
	for _, h := range m.GetHeaders("Reason") {
		values = append(values, h.Value())
	}
	return grammar.Plain(strings.Join(values, ", "), 200)
}

// reasonOf reads the Reason headers of a message, of each protocol the first
// cause. The text beside a Q.850 cause counts before any other.
func reasonOf(m sipmsg.Message) (found Reason) {
	for _, h := range m.GetHeaders("Reason") {
		for _, value := range grammar.SplitQuoted(h.Value(), ',') {
			params := grammar.SplitQuoted(value, ';')
			cause, text := readReason(params[1:])
			switch protocol := strings.TrimSpace(params[0]); {
			case strings.EqualFold(protocol, "Q.850") && found.Q850 == 0 && cause != 0:
				found.Q850, found.Text = cause, text
				continue
			case strings.EqualFold(protocol, "SIP") && found.SIP == 0:
				found.SIP = cause
			}
			if found.Text == "" && found.Q850 == 0 {
				found.Text = text
			}
		}
	}
	return found
}

// readReason reads the parameters of one value.
func readReason(params []string) (cause int, text string) {
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "cause":
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 && n < 1000 {
				cause = n
			}
		case "text":
			text = grammar.Plain(grammar.Unquoted(value), 200)
		}
	}
	return cause, text
}
