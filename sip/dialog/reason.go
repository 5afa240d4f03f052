package dialog

import (
	"fmt"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Reason is a Reason header (RFC 3326): why a call ended.
type Reason struct {
	Q850 int    // cause; 0 is none
	Text string // may be empty
}

// Header returns the Reason header; nil for the zero Reason.
func (r Reason) header() sipmsg.Header {
	if r == (Reason{}) {
		return nil
	}
	value := fmt.Sprintf("Q.850;cause=%d", r.Q850)
	if r.Q850 == 0 {
		value = "SIP;cause=200"
	}
	if r.Text != "" {
		value += ";text=" + quoted(r.Text)
	}
	return sipmsg.NewHeader("Reason", value)
}

// reasonOf reads the Reason headers of a message. A Q.850 cause counts before
// any other protocol's; the text of another is kept when there is none.
func reasonOf(m sipmsg.Message) Reason {
	var found Reason
	for _, h := range m.GetHeaders("Reason") {
		for _, value := range splitQuoted(h.Value(), ',') {
			params := splitQuoted(value, ';')
			r := readReason(params[1:])
			if strings.EqualFold(strings.TrimSpace(params[0]), "Q.850") && r.Q850 != 0 {
				return r
			}
			if found.Text == "" {
				found.Text = r.Text
			}
		}
	}
	return found
}

// readReason reads the parameters of one value.
func readReason(params []string) (r Reason) {
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "cause":
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 && n < 1000 {
				r.Q850 = n
			}
		case "text":
			r.Text = plain(unquoted(value), 200)
		}
	}
	return r
}
