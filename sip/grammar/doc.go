// Package grammar writes and reads pieces of SIP's text: tokens, quoted strings,
// the users of URIs (RFC 3261 section 25.1). It knows no messages.
package grammar
