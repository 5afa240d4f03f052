// Package twilio carries calls over Twilio, by its REST API and by webhooks that
// answer with TwiML.
//
// A call by Twilio lives at Twilio: this service holds no line of it, each step
// is a request that any node may get, twice or late, and what is known of the
// call is put together from facts. The Carrier places calls and settles them by
// those facts; its Handler answers the webhooks.
//
// It knows no SQL and no SIP: the books, the lines that a caller's sound is
// brought to and the conversations are handed in.
package twilio
