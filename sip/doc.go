// Package sip carries calls over SIP trunks and to agents' phones. A Driver
// listens, places calls (it is a call.Placer), hands inbound ones on, keeps the
// registrations of phones, and says who can be reached. Its lines run what a
// flow asks for: prompts, keys, queues.
//
// It decides who may call whom by address, password and destination list, and
// nothing else: what is said to a caller, which agent is rung and which number
// is dialed is decided by whoever uses it. There is no way from an inbound call
// to a trunk.
package sip
