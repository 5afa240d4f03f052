package agents

import "time"

// Binding is where an agent's phone can be reached (RFC 3261 section 10).
type Binding struct {
	Agent     string // the address of record's user
	Contact   string // the Contact URI
	Source    string // ip:port that the REGISTER came from
	CallID    string
	CSeq      uint32
	UserAgent string
	Instance  string // the phone itself, however often it starts: its +sip.instance, with reg-id; empty where it does not say
	Path      string // the proxies on the way to it, as a dialog.Path; empty is none
	Expires   time.Time
}
