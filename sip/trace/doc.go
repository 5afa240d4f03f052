// Package trace keeps the SIP messages of calls, within bounds and without their
// secrets, and shows them: as a ladder in text, or as a file for Wireshark.
//
// A Recorder takes the messages in as they pass. What it has kept of a call is a
// Log, which Encode packs for a database; keys, credentials and passwords are
// masked there, so that none is ever stored.
package trace
