// Package rtp is what the service knows of RTP beyond the packet itself, which
// it takes from pion: the key events of RFC 4733, read and written; the numbers
// and timestamps of a stream that is sent; the statistics of one that is
// received, and the RTCP that tells of both (RFC 3550).
//
// Everything is arithmetic: the time of arrival is handed in. The package knows
// no sockets, clocks, codecs or calls.
package rtp
