// Package spec is the table of what Twilio's voice product takes and sends: the
// verbs of TwiML and what nests in what, their attributes, the requests of the
// REST API with parameters, fields and errors, the webhooks with what they bear,
// the bounds, the addresses and the prices.
//
// Each row names the page of Twilio's documentation where it was read, since a
// client and a twin by the same hands would share what they misread. What no
// page confirms says so in its own column. The table is data alone: it checks
// and plays nothing.
package spec
