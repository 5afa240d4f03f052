package floor

import "slices"

// happen carries out what is due.
func (c *centre) happen(d due) {
	switch d.kind {
	case rings:
		c.tell(Ringing, d.id, false)
	case answers:
		c.answer(d.id)
	case detected:
		c.meet(d.id)
	case fails:
		c.end(d.id)
	case runsOut:
		c.runOut(d.id)
	case talked:
		c.hangUp(d.id)
	case wrapped:
		c.free(d.id)
	case arrives:
		c.agents[d.id].leave = false
		c.free(d.id)
	case leaves:
		c.goAway(d.id)
	}
}

// answer is a person who picks up.
func (c *centre) answer(id int) {
	if c.Machines > 0 && c.rand.Float64() < c.Machines {
		c.tell(Answered, id, false)
		c.end(id)
		return
	}
	if c.Detection > 0 {
		c.agenda.add(c.now+c.Detection, detected, id)
		return
	}
	c.meet(id)
}

// meet looks for an agent for a person.
func (c *centre) meet(id int) {
	c.counts.Answered++
	c.today.Answered++
	c.tell(Answered, id, true)
	c.waiting = append(c.waiting, id)
	if len(c.idle) == 0 {
		c.agenda.add(c.now+c.Patience, runsOut, id)
		return
	}
	c.join()
}

// join gives the caller who waits longest to the agent who waits longest.
func (c *centre) join() {
	i, id := c.idle[0], c.waiting[0]
	c.idle, c.waiting = c.idle[1:], c.waiting[1:]
	c.counts.Served++
	c.agents[i].call = id
	c.turn(i, Talking)
	c.agenda.add(c.now+c.Talk.draw(c.rand), talked, i)
}

// runOut is the end of a caller's patience, if no agent came.
func (c *centre) runOut(id int) {
	at := slices.Index(c.waiting, id)
	if at < 0 {
		return
	}
	c.waiting = slices.Delete(c.waiting, at, at+1)
	c.counts.Abandoned++
	c.today.Abandoned++
	c.tell(Abandoned, id, true)
	c.end(id)
	if c.counts.Answered > 200 {
		c.counts.Worst = max(c.counts.Worst, c.counts.Rate())
	}
}

// end is a call that is over.
func (c *centre) end(id int) {
	delete(c.inAir, id)
	c.tell(Ended, id, false)
}

// hangUp is the end of an agent's talk.
func (c *centre) hangUp(i int) {
	c.end(c.agents[i].call)
	c.turn(i, WrapUp)
	c.agenda.add(c.now+c.Wrap.draw(c.rand), wrapped, i)
}

// free is an agent who can take a call.
func (c *centre) free(i int) {
	if c.agents[i].leave {
		c.turn(i, Away)
		return
	}
	c.turn(i, Idle)
	c.idle = append(c.idle, i)
	if len(c.waiting) > 0 {
		c.join()
	}
}

// goAway is an agent's log-out, after the call if there is one.
func (c *centre) goAway(i int) {
	at := slices.Index(c.idle, i)
	if at < 0 {
		c.agents[i].leave = true
		return
	}
	c.idle = slices.Delete(c.idle, at, at+1)
	c.turn(i, Away)
}

// turn changes an agent's state and counts the time of the one before.
func (c *centre) turn(i int, state Kind) {
	a := &c.agents[i]
	spent := c.now - a.since
	if a.state != Away {
		c.counts.Staffed += spent
	}
	if a.state == Talking || a.state == WrapUp {
		c.counts.Busy += spent
	}
	if a.state == state {
		return
	}
	a.state, a.since = state, c.now
	c.tell(state, i, false)
}
