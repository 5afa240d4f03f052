// Package call is a telephone call as the service sees it, whichever network
// carries it: the Line on which a flow speaks, the Placer that dials, Advance,
// the only place where a flow moves, and the Legs that are joined to each other.
//
// It knows neither SIP nor Twilio nor SQL: those implement the interfaces that
// it declares.
package call
