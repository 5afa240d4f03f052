package campaigns

import "time"

// Received is how those were received who answered within a time.
type Received struct {
	From      time.Time     // the time begins
	Answered  int           // by anybody
	Machines  int           // of those, by a machine
	Live      int           // people who met an agent, or should have
	Taken     int           // met one
	Abandoned int           // met none in time
	Messages  int           // of those abandoned, heard the message
	OptedOut  int           // asked not to be called again
	Met       int           // machines that agents met
	Wait      time.Duration // of those who met an agent, all together, from the end of their greeting, or the answer
}

// Tally is what the share of abandoned calls is read from.
func (r Received) Tally() Tally {
	return Tally{Answered: r.Live, Abandoned: r.Abandoned, Met: r.Taken, Machines: r.Met}
}

// Plus adds up two times.
func (r Received) Plus(o Received) Received {
	r.Answered += o.Answered
	r.Machines += o.Machines
	r.Live += o.Live
	r.Taken += o.Taken
	r.Abandoned += o.Abandoned
	r.Messages += o.Messages
	r.OptedOut += o.OptedOut
	r.Met += o.Met
	r.Wait += o.Wait
	return r
}
