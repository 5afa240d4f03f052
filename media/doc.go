// Package media is sound in time: the one Clock that drives all streams of a
// node, the Output of a leg (what plays, silence, keys, sound relayed from
// another leg, as one continuous RTP stream), and the Recorder that takes what
// both sides of a leg said.
//
// Frames go in and out. The package knows no sockets, addresses, SIP or flows.
package media
