package sip

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"careline/agents"
)

const (
	longestBinding = 120 * time.Second // granted at most, so that a phone that is gone is forgotten soon
	leastBinding   = 10 * time.Second  // asked for at least
	mostContacts   = 5                 // of one agent
)

var (
	errTooManyContacts = errors.New("too many contacts")
	errOldRegister     = errors.New("an older REGISTER of the same phone")
	errTooShort        = errors.New("expires too soon to be worth the while")
)

// registration is what a REGISTER asks for.
type registration struct {
	phone    agents.Binding // Contact, Expires and Instance are not set
	contacts []asked
	clear    bool // Contact: *, that is, forget all
}

// asked is one Contact of a REGISTER.
type asked struct {
	uri      string
	expires  time.Duration // 0 takes it away
	instance string        // see agents.Binding
}

// contact is a binding and what is known of the phone behind it.
type contact struct {
	agents.Binding
	alive  bool      // it registered, or answered, since it was last found silent
	probed time.Time // when it was last asked, or heard
}

// PhoneState is a registered phone as it stands.
type PhoneState struct {
	agents.Binding
	Reachable bool // it answered when it was last asked
}

// registry holds where agents' phones can be reached. It has no clock.
type registry struct {
	mu      sync.Mutex
	phones  map[string][]contact   // by agent; the latest registered comes last
	sources map[netip.AddrPort]int // how many bindings came from each
	known   atomic.Pointer[places] // read for every packet
}

// places are where registered phones send from. They are not changed.
type places struct {
	exact map[netip.AddrPort]bool
	hosts map[netip.Addr]bool // told apart as sourceKey does
}

func newRegistry() *registry {
	r := &registry{phones: make(map[string][]contact), sources: make(map[netip.AddrPort]int)}
	r.known.Store(&places{})
	return r
}

// load takes the bindings of an earlier run. Whether the phones are still there
// is not known until they answer.
func (r *registry) load(bindings []agents.Binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range bindings {
		r.set(b.Agent, append(slices.Clone(r.phones[b.Agent]), contact{Binding: b}))
	}
}

// apply carries a registration out and returns which bindings have to be saved
// and which removed.
func (r *registry) apply(reg registration, now time.Time) (save, remove []agents.Binding, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.phones[reg.phone.Agent])
	if reg.clear {
		if slices.ContainsFunc(list, reg.older) {
			return nil, nil, errOldRegister
		}
		r.set(reg.phone.Agent, nil)
		return nil, bindingsOf(list), nil
	}
	var added []contact
	for _, a := range reg.contacts {
		var gone []agents.Binding
		if list, gone, err = reg.replace(list, a); err != nil {
			return nil, nil, err
		}
		remove = append(remove, gone...)
		if a.expires <= 0 {
			continue
		}
		b := reg.phone
		b.Contact, b.Instance, b.Expires = a.uri, a.instance, now.Add(min(a.expires, longestBinding))
		save = append(save, b)
		added = append(added, contact{Binding: b, alive: true, probed: now})
	}
	list, gone := makeRoom(append(list, added...))
	if len(list) > mostContacts {
		return nil, nil, errTooManyContacts
	}
	r.set(reg.phone.Agent, list)
	return save, append(remove, gone...), nil
}

// older tells whether a contact was registered after this registration was
// sent: they came in the wrong order.
func (reg registration) older(c contact) bool {
	return c.CallID == reg.phone.CallID && c.CSeq >= reg.phone.CSeq
}

// replace takes out of the list what a contact takes the place of: the same
// URI, and another one of the same phone (RFC 5626 section 6), whose flows may
// have the same URI.
func (reg registration) replace(list []contact, a asked) (kept []contact, gone []agents.Binding, err error) {
	for _, c := range list {
		same := c.Contact == a.uri && (c.Instance == a.instance || c.Instance == "" || a.instance == "")
		switch {
		case !same && (a.instance == "" || c.Instance != a.instance):
			kept = append(kept, c)
		case reg.older(c):
			return nil, nil, errOldRegister
		case !same || a.expires <= 0:
			gone = append(gone, c.Binding)
		}
	}
	return kept, gone, nil
}

// makeRoom drops silent contacts, the oldest first, as far as there are too many:
// a phone that was started again left one behind.
func makeRoom(list []contact) (kept []contact, gone []agents.Binding) {
	surplus := len(list) - mostContacts
	kept = slices.DeleteFunc(list, func(c contact) bool {
		if c.alive || len(gone) >= surplus {
			return false
		}
		gone = append(gone, c.Binding)
		return true
	})
	return kept, gone
}

// set replaces an agent's bindings.
func (r *registry) set(agent string, list []contact) {
	moved := false
	for _, c := range r.phones[agent] {
		at := c.from()
		if r.sources[at]--; r.sources[at] == 0 {
			delete(r.sources, at)
			moved = true
		}
	}
	for _, c := range list {
		at := c.from()
		moved = moved || r.sources[at] == 0
		r.sources[at]++
	}
	if moved {
		r.known.Store(placesOf(r.sources))
	}
	if len(list) == 0 {
		delete(r.phones, agent)
		return
	}
	r.phones[agent] = list
}

// from is where the phone's REGISTER came from.
func (c contact) from() netip.AddrPort {
	at, _ := cameFrom(c.Binding)
	return at
}

func placesOf(sources map[netip.AddrPort]int) *places {
	p := &places{exact: make(map[netip.AddrPort]bool, len(sources)), hosts: make(map[netip.Addr]bool)}
	for at := range sources {
		if at.IsValid() {
			p.exact[at], p.hosts[sourceKey(at.Addr())] = true, true
		}
	}
	return p
}

// bindings returns an agent's bindings that have not lapsed.
func (r *registry) bindings(agent string, now time.Time) []agents.Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	live := slices.DeleteFunc(slices.Clone(r.phones[agent]), func(c contact) bool { return !c.Expires.After(now) })
	return bindingsOf(live)
}

// reach returns where to call an agent: all phones that are not silent, the
// latest to register first.
func (r *registry) reach(agent string, now time.Time) []agents.Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var live []agents.Binding
	for _, c := range slices.Backward(r.phones[agent]) {
		if c.alive && c.Expires.After(now) {
			live = append(live, c.Binding)
		}
	}
	return live
}

// from tells whether a packet from src comes from a phone that is registered. It
// takes no lock.
func (r *registry) from(src netip.AddrPort) bool { return r.known.Load().exact[src] }

// at tells whether a phone is registered from the address, by whatever port.
func (r *registry) at(ip netip.Addr) bool { return r.known.Load().hosts[sourceKey(ip)] }

// is tells whether a packet from src comes from a phone of the agent.
func (r *registry) is(agent string, src netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.phones[agent], func(c contact) bool { return c.from() == src })
}

// by tells whether a phone of the agent is registered by one of some machines.
func (r *registry) by(agent string, machine func(netip.AddrPort) bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.phones[agent], func(c contact) bool { return machine(c.from()) })
}

// reachable names the agents who can be called.
func (r *registry) reachable(now time.Time) map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	up := make(map[string]bool)
	for agent, list := range r.phones {
		for _, c := range list {
			if c.alive && c.Expires.After(now) {
				up[agent] = true
			}
		}
	}
	return up
}

// due returns the bindings that were not asked since every ago, and notes that
// they are asked now.
func (r *registry) due(every time.Duration, now time.Time) []agents.Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ask []agents.Binding
	for _, list := range r.phones {
		for i := range list {
			if now.Sub(list[i].probed) >= every && list[i].Expires.After(now) {
				list[i].probed = now
				ask = append(ask, list[i].Binding)
			}
		}
	}
	return ask
}

// lapse forgets bindings that were not renewed, and returns them.
func (r *registry) lapse(now time.Time) []agents.Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var gone []agents.Binding
	for agent, list := range r.phones {
		keep := slices.DeleteFunc(slices.Clone(list), func(c contact) bool {
			if c.Expires.After(now) {
				return false
			}
			gone = append(gone, c.Binding)
			return true
		})
		r.set(agent, keep)
	}
	return gone
}

// heard notes whether a phone answered when it was asked. What has registered
// anew meanwhile is not what was asked.
func (r *registry) heard(b agents.Binding, alive bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, c := range r.phones[b.Agent] {
		if c.Contact == b.Contact && c.CallID == b.CallID && c.CSeq == b.CSeq {
			r.phones[b.Agent][i].alive = alive
		}
	}
}

// state lists the bindings of all agents.
func (r *registry) state(now time.Time) []PhoneState {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []PhoneState
	for _, list := range r.phones {
		for _, c := range list {
			all = append(all, PhoneState{Binding: c.Binding, Reachable: c.alive && c.Expires.After(now)})
		}
	}
	slices.SortFunc(all, func(a, b PhoneState) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Contact, b.Contact))
	})
	return all
}

func bindingsOf(list []contact) []agents.Binding {
	all := make([]agents.Binding, len(list))
	for i, c := range list {
		all[i] = c.Binding
	}
	return all
}
