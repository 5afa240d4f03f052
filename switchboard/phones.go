package switchboard

import (
	"context"
	"time"

	"careline/agents"
	"careline/call"
	"careline/ivr"
	"careline/phone"
)

// Feature codes that agents dial.
const (
	CodeReady = "*1"
	CodeBreak = "*2"
)

// SetReachable notes that an agent's phone is registered and answers, or not.
func (s *Switchboard) SetReachable(agent string, reachable bool) {
	s.log.Info("phone changed", "agent_id", agent, "reachable", reachable)
	s.change(agent, func(v *agents.View) { v.Reachable = reachable })
}

// Dialing notes that an agent has placed a call which is up, until over is
// called: a phone in use is not rung.
func (s *Switchboard) Dialing(agent string) (over func()) {
	s.change(agent, func(v *agents.View) { v.Dialing++ })
	return func() { s.change(agent, func(v *agents.View) { v.Dialing-- }) }
}

// SetWish notes what an agent asks for: calls, or none. An agent in wrap-up who
// is ready ends it.
func (s *Switchboard) SetWish(ctx context.Context, agent string, w agents.Wish, now time.Time) {
	s.log.Info("agent's wish changed", "agent_id", agent, "wish", string(w))
	s.record(ctx, agent, func(r *agents.Record) {
		if r.Wish != w || now.Before(r.WrapUpUntil) {
			r.IdleSince = now
		}
		r.Wish, r.WrapUpUntil = w, time.Time{}
	})
}

// Dialed takes a call from an agent's phone: a feature code, or a colleague. Any
// other number is refused, as phones have no way to the outside.
func (s *Switchboard) Dialed(ctx context.Context, in call.Incoming) {
	info := in.Info()
	wishes := map[string]agents.Wish{CodeReady: agents.Ready, CodeBreak: agents.Break}
	wish, ok := wishes[info.To]
	if name := s.colleague(info.To); !ok && name != "" && name != info.Phone {
		s.consult(ctx, in, name)
		return
	}
	if !ok {
		s.log.Warn("phone dialed an unknown code", "agent_id", info.Phone, "to", phone.Number(info.To))
		in.Reject(ctx, call.UnknownNumber)
		return
	}
	line, err := in.Answer(ctx, info)
	if err != nil {
		s.log.Warn("phone's call not answered", "agent_id", info.Phone, "err", err)
		return
	}
	defer s.Dialing(info.Phone)()
	s.SetWish(ctx, info.Phone, wish, time.Now())
	s.confirm(ctx, line, wish)
}

// confirm lets the agent hear that the wish was taken, and hangs up.
func (s *Switchboard) confirm(ctx context.Context, line call.Line, w agents.Wish) {
	defer line.Hangup(context.WithoutCancel(ctx))
	actions := []ivr.Action{{Kind: ivr.Hangup}}
	if s.o.Confirm != nil {
		p := s.o.Confirm(w)
		actions = []ivr.Action{{Kind: ivr.Play, Prompt: &p}, {Kind: ivr.Hangup}}
	}
	if err := line.Start(ctx, actions); err != nil {
		return
	}
	for {
		if ev, err := line.Next(ctx); err != nil || ev.Kind == ivr.HungUp {
			return
		}
	}
}

// Status is one agent at a moment.
type Status struct {
	Agent    string
	Presence agents.Presence
	Caller   string   // the call id of whom the agent rings for or talks with
	Queues   []string // that the agent serves
}

// Status returns the state of every agent, in the order of configuration, and
// how many callers wait for one.
func (s *Switchboard) Status(now time.Time) (list []Status, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.views {
		list = append(list, Status{Agent: v.Agent.Name, Presence: v.Presence(now), Caller: v.Record.Reserved, Queues: s.serves(v)})
	}
	return list, len(s.waiting)
}
