package dialog

// CalledParty is the number called as P-Called-Party-ID names it (RFC 7315), for
// calls that come by a registration; the zero value without.
func (in *Incoming) CalledParty() Party { return firstParty(in.req, "P-Called-Party-ID") }
