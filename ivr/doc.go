// Package ivr is a conversation as arithmetic: a Flow is read from YAML, and
// Flow.Step takes the state of one call and what just happened on the line and
// returns the next state and what shall be done.
//
// It knows nodes, keys, tries, languages and results. It does not know clocks,
// sockets, databases, files or sound: every Event carries its time, and a
// Prompt is words, not samples. The same step runs on a SIP call, on a Twilio
// webhook, in a terminal, in a test and in a rehearsal.
package ivr
