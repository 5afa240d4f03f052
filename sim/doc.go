// Package sim rehearses campaigns in virtual time. One goroutine with a heap of
// events drives the machines and the tables that the service itself runs on: the
// plan, the contact policy, the flows, the routing to agents and the store, whose
// methods take the time. Around them are people, carriers and agents who behave by
// chance, drawn from a seed: the same seed gives the same days.
//
// It knows neither SIP nor sound: a call is a SIP status or an answer, a prompt
// is as long as it takes to say it. What it finds out is as good as the chances
// that it is told.
package sim
