// Package dialog speaks SIP: it places and takes calls, ends them, changes
// their sessions, answers and sends OPTIONS, registers and lets register.
//
// It builds the INVITE dialog (RFC 3261 sections 12 to 15, 3264, 6026) on
// sip/wire, which carries its messages, and on sipgo's transactions and digest; it
// does not use sipgo's own dialogs. Session descriptions pass through it as bytes.
// It knows no sockets, no media, no flows, no trunks and no database: who may
// call, what is said and what is stored is decided by whoever uses it.
package dialog
