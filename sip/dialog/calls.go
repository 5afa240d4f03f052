package dialog

import (
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// half names our half of a call: it is known before the peer answers.
type half struct{ callID, tag string }

// whole names a dialog (RFC 3261 section 12).
type whole struct {
	half
	remote string
}

// calls knows all calls of an endpoint, by what a message says of them.
type calls struct {
	mu       sync.Mutex
	outgoing map[half]*outgoing    // INVITEs of ours, until their transactions are over
	dialogs  map[whole]*Dialog     // and for 64*T1 after their end
	incoming map[string]*Incoming  // INVITEs being served, by viaKey
	waiting  map[half]*Incoming    // those of them that are not answered
	merged   map[string]bool       // INVITEs being served, by forkKey
	early    map[string]*overtaken // CANCELs that came before their INVITE, by viaKey
	lost     map[string]*lostCall  // by Call-ID
	later    later                 // what is forgotten 64*T1 after its end
}

func newCalls() *calls {
	return &calls{
		outgoing: make(map[half]*outgoing), dialogs: make(map[whole]*Dialog),
		incoming: make(map[string]*Incoming), waiting: make(map[half]*Incoming), merged: make(map[string]bool),
		early: make(map[string]*overtaken), lost: make(map[string]*lostCall),
	}
}

// halfOf reads our half of a call from a message of the peer: From in a
// response, To in a request.
func halfOf(m sipmsg.Message) half {
	if _, ok := m.(*sipmsg.Response); ok {
		return half{m.CallID().Value(), wire.FromTag(m)}
	}
	return half{m.CallID().Value(), wire.ToTag(m)}
}

func wholeOf(m sipmsg.Message) whole {
	if _, ok := m.(*sipmsg.Response); ok {
		return whole{halfOf(m), wire.ToTag(m)}
	}
	return whole{halfOf(m), wire.FromTag(m)}
}

// dialog returns the dialog that a message belongs to; nil when there is none.
func (c *calls) dialog(m sipmsg.Message) *Dialog {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dialogs[wholeOf(m)]
}

// placed returns the INVITE of ours that a message belongs to; nil when there
// is none.
func (c *calls) placed(m sipmsg.Message) *outgoing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outgoing[halfOf(m)]
}

// place enters an INVITE of ours and reports false when its identities are in
// use.
func (c *calls) place(o *outgoing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outgoing[o.half] != nil {
		return false
	}
	c.outgoing[o.half] = o
	return true
}

func (c *calls) unplace(o *outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outgoing[o.half] == o {
		delete(c.outgoing, o.half)
	}
}

func (c *calls) add(d *Dialog) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialogs[d.id] = d
}

func (c *calls) remove(d *Dialog) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dialogs[d.id] == d {
		c.dialogs = drop(c.dialogs, d.id)
	}
}

// retire forgets a dialog that is over when no message of it is under way any
// more.
func (c *calls) retire(d *Dialog) {
	c.later.add(func() { c.remove(d) })
}
