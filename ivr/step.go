package ivr

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Begin returns the state of a conversation with p before its first event,
// which is Answered.
func (f *Flow) Begin(p Party) State {
	s := State{Flow: f.hash, Lang: f.language(p.Language), Seed: p.Seed}
	for _, name := range f.Attributes() {
		value := strings.TrimSpace(p.Attributes[name])
		if value == "" || len(value) > MaxValueLen {
			continue
		}
		if s.Attrs == nil {
			s.Attrs = map[string]string{}
		}
		s.Attrs[name] = value
	}
	return s
}

// language returns the flow's language for somebody who speaks lang: the same,
// or one that differs in the region only, or the flow's first.
func (f *Flow) language(lang string) string {
	if slices.Contains(f.languages, lang) || len(f.languages) == 0 {
		return lang
	}
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	for _, l := range f.languages {
		if own, _, _ := strings.Cut(l, "-"); own == base {
			return l
		}
	}
	return f.languages[0]
}

// Step moves a conversation by one event: it returns the next state and what
// shall be done. It cannot fail, and it does not change the state that it is
// given. State.Flow is the caller's to look at: Step takes s for its own.
//
// The actions of a step are any number of Answer, OptOut and Callback, then
// any number of Play, then at most one of Gather, Record, Enqueue, Dial and Hangup.
//
// Machine leads to the node for machines, or to the start, from wherever the
// conversation is. HungUp ends a conversation at any time and asks for nothing. So does every
// event once the conversation is over: a line that was told to hang up does so
// whatever else fails. Before Answered nothing but Answered is taken. Any other
// event that does not fit ends the wait as if what was hoped for had not come:
// a gather takes it for silence, a record, an enqueue or a dial for failed, and a say with a result
// goes on without it. A node that the flow does not have, or that nothing can
// wait at, leads to the farewell. So each conversation ends after a bounded
// number of steps.
func (f *Flow) Step(s State, ev Event) (State, []Action) {
	if s.Over {
		return s, nil
	}
	if ev.Kind == HungUp {
		s.Over = true
		return s, nil
	}
	if s.Node == "" && ev.Kind != Answered {
		return s, nil
	}
	w := &walk{flow: f, state: f.own(s)}
	n := f.nodes[s.Node]
	switch {
	case ev.Kind == Machine && s.Node != "":
		w.run(cmp.Or(f.machine, f.start))
	case s.Node == "":
		w.run(f.start)
	case n == nil || !n.kind.waits():
		w.goodbye()
	default:
		w.run(n.kind.resume(w, ev))
	}
	return w.state, w.actions()
}

// own copies a state and mends what no step of this flow can have written.
func (f *Flow) own(s State) State {
	s.Lang = f.language(s.Lang)
	s.Tries = max(0, s.Tries)
	s.Attrs = maps.Clone(s.Attrs)
	s.Results = maps.Clone(s.Results)
	visits := map[string]int{}
	for name, times := range s.Visits {
		if f.nodes[name] != nil {
			visits[name] = max(0, times)
		}
	}
	s.Visits = visits
	return s
}

// walk is one step on its way through nodes that wait for nothing.
type walk struct {
	flow    *Flow
	state   State
	service []Action
	line    []Action
}

// run enters one node after the other until one waits or the end has come. No
// round of such nodes exists, as Parse has seen to; visits are capped besides.
func (w *walk) run(to string) {
	for to != "" {
		n := w.flow.nodes[to]
		if to == end {
			w.hangup()
			return
		}
		if n == nil || w.state.Visits[to] >= MaxVisits {
			w.goodbye()
			return
		}
		w.state.Visits[to]++
		w.state.Node, w.state.Tries = to, 0
		to = n.kind.enter(w)
	}
}

// goodbye ends a conversation that cannot go on.
func (w *walk) goodbye() {
	if n := w.flow.nodes[w.flow.farewell]; n != nil {
		w.state.Node = n.name
		w.play(w.prompt(n.says[0]))
	}
	w.hangup()
}

func (w *walk) hangup() {
	w.do(Action{Kind: Hangup})
	w.state.Node, w.state.Tries, w.state.Over = "", 0, true
}

// prompt fills speech in for this caller; nil when it lacks something.
func (w *walk) prompt(sp speech) *Prompt { return sp.prompt(w.state.Lang, w.state.Attrs) }

func (w *walk) play(p *Prompt) {
	if p != nil {
		w.do(Action{Kind: Play, Prompt: p})
	}
}

func (w *walk) answer(a AnswerSpec) {
	if w.state.Results == nil {
		w.state.Results = map[string]string{}
	}
	w.state.Results[a.Result] = a.Value
	w.do(Action{Kind: Answer, Answer: &a})
}

// do adds an action of the node that the walk is at.
func (w *walk) do(a Action) {
	a.Node = w.state.Node
	if a.ForLine() {
		w.line = append(w.line, a)
	} else {
		w.service = append(w.service, a)
	}
}

func (w *walk) actions() []Action { return append(w.service, w.line...) }
