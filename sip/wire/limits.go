package wire

import (
	"cmp"
	"time"
)

// Limits bound what connections (TCP and TLS) may cost. The zero value is ready
// to use.
type Limits struct {
	Connections int           // that others made, at once; 0 means 1024
	PerSource   int           // of them by one address, or one /64 of IPv6; 0 means 128
	Dial        time.Duration // to make one, TLS included; 0 means 5 s
	Start       time.Duration // until TLS stands, again until a first message is there, and after each until one was granted; 0 means 10 s
	Message     time.Duration // from the first byte of a message to its last; 0 means 10 s
	Write       time.Duration // until the peer takes what is written; 0 means 5 s
	Idle        time.Duration // without a message, in which a connection is closed; 0 means 10 min
	Ping        time.Duration // between keep-alives on connections that we made, less up to a fifth; 0 means 2 min
}

func (l Limits) withDefaults() Limits {
	l.Connections = cmp.Or(l.Connections, 1024)
	l.PerSource = cmp.Or(l.PerSource, 128)
	l.Dial = cmp.Or(l.Dial, 5*time.Second)
	l.Start = cmp.Or(l.Start, 10*time.Second)
	l.Message = cmp.Or(l.Message, 10*time.Second)
	l.Write = cmp.Or(l.Write, 5*time.Second)
	l.Idle = cmp.Or(l.Idle, 10*time.Minute)
	l.Ping = cmp.Or(l.Ping, 2*time.Minute)
	return l
}
