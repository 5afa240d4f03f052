// Package wire carries SIP messages over sockets: UDP, TCP and TLS.
//
// It lies between the network and sipgo's parser and transactions: it lets in who
// may come in, reads each message with a net below before sipgo does, makes and
// keeps connections, finds the machines that a request can be sent to (RFC 3263),
// and knows how others see us. It knows no dialogs and no methods: what a message
// asks for is decided by whoever stands on it, its Upper.
package wire
