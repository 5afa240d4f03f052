// Package sdp reads and writes the session descriptions of telephone calls (RFC
// 8866), and agrees on sound with the other side (RFC 3264).
//
// Only audio is understood; other media are refused. The reader forgives what
// carriers are seen to send: no s= or t= line, b= before c=, spaces in the
// user of o=, no line end at the end, attributes of any kind. What it cannot
// read it names by its line. The package knows no sockets, clocks or calls.
package sdp
