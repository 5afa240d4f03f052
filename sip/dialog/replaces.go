package dialog

import (
	"fmt"
	"net/url"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// Replaces names a call that a new one shall take the place of (RFC 3891), by
// the tags of whoever is asked to replace it.
type Replaces struct {
	CallID    string
	ToTag     string // of the side that is asked
	FromTag   string // of its peer
	EarlyOnly bool   // only while the call rings
}

// ReplacesOf names a call of ours as its peer knows it, so that somebody else
// can take our place in it.
func ReplacesOf(d *Dialog) Replaces {
	return Replaces{CallID: d.id.callID, ToTag: d.id.remote, FromTag: d.id.tag}
}

// String is the value of a Replaces header.
func (r Replaces) String() string {
	s := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", r.CallID, r.ToTag, r.FromTag)
	if r.EarlyOnly {
		s += ";early-only"
	}
	return s
}

// parseReplaces reads the value of a Replaces header.
func parseReplaces(value string) (r Replaces, err error) {
	params := grammar.SplitQuoted(value, ';')
	r.CallID = strings.TrimSpace(params[0])
	for _, p := range params[1:] {
		name, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			r.ToTag = v
		case "from-tag":
			r.FromTag = v
		case "early-only":
			r.EarlyOnly = true
		}
	}
	if r.CallID == "" || r.ToTag == "" || r.FromTag == "" {
		return r, fmt.Errorf("replaces needs a call-id, to-tag and from-tag")
	}
	return r, nil
}

// replacesIn reads the Replaces header within a URI, as an attended transfer
// has it.
func replacesIn(u *sipmsg.Uri) (*Replaces, error) {
	for _, h := range u.Headers {
		if !strings.EqualFold(h.K, "Replaces") {
			continue
		}
		value, err := url.PathUnescape(h.V)
		if err != nil {
			return nil, fmt.Errorf("read replaces: %w", err)
		}
		r, err := parseReplaces(value)
		return &r, err
	}
	return nil, nil //nolint:nilnil // there is none
}

// Find returns the call that is named, while it lasts; nil when there is none.
func (e *Endpoint) Find(r Replaces) *Dialog {
	e.calls.mu.Lock()
	d := e.calls.dialogs[whole{half{r.CallID, r.ToTag}, r.FromTag}]
	e.calls.mu.Unlock()
	if d == nil || d.over() {
		return nil
	}
	return d
}

// replaced finds the call that an INVITE shall take the place of (RFC 3891
// section 3); neither a call nor a fault when it names none.
func (e *Endpoint) replaced(req *sipmsg.Request) (*Dialog, *fault) {
	headers := req.GetHeaders("Replaces")
	if len(headers) == 0 {
		return nil, nil
	}
	r, err := parseReplaces(headers[0].Value())
	if err != nil || len(headers) > 1 {
		return nil, &fault{400, "Bad Replaces"}
	}
	e.calls.mu.Lock()
	d := e.calls.dialogs[whole{half{r.CallID, r.ToTag}, r.FromTag}]
	e.calls.mu.Unlock()
	switch {
	case d == nil:
		return nil, &fault{481, "Call/Transaction Does Not Exist"}
	case d.over():
		return nil, &fault{603, "Decline"}
	case r.EarlyOnly:
		return nil, &fault{486, "Busy Here"} // it has been answered
	}
	return d, nil
}
