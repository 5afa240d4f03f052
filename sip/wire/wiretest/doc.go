// Package wiretest has what tests of SIP on sockets need around them: a name server
// and an authority for certificates.
package wiretest
