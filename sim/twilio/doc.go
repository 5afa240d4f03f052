// Package twin is a twin of Twilio for tests and the demonstration: the REST
// API, the engine that fetches and executes TwiML, the signed callbacks, and a
// telephone side with people on it.
//
// It is written from Twilio's documentation and imports nothing of the service's
// own package twilio, so that a misreading is not shared. It is strict: what
// Twilio would forgive, ignore or only warn of (an unknown parameter, verb,
// attribute, nesting or value) is answered as Twilio would and noted as a
// Violation, which fails the test. Where the documentation is silent the twin
// does one thing or the other, by the dice of its seed, so that nobody can rely
// on either.
//
// It knows no flows, campaigns or agents. Faults happen by plan, and everything
// that is asked, answered, pressed and reported is kept in a diary, to be
// compared with what the service says of itself.
package twin
