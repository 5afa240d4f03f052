// Package switchboard brings waiting callers and agents together: it rings the
// agent's phone, joins the two legs, notes who talked to whom, and keeps what
// agents wish.
//
// Who gets whom is decided in package agents. It knows neither SIP nor SQL nor
// flows.
package switchboard
