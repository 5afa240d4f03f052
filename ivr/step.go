package ivr

// Begin returns the state of a conversation with p before its first event,
// which is Answered.
func (f *Flow) Begin(p Party) State {
	return State{Flow: f.hash, Seed: p.Seed}
}

// Step moves a conversation by one event: it returns the next state and what
// shall be done. It cannot fail, and does not change the state that it is
// given.
//
// The actions of a step are any number of Answer, OptOut and Callback, then
// any number of Play, then at most one of Gather, Enqueue and Hangup.
func (f *Flow) Step(s State, ev Event) (State, []Action) {
	return s, nil
}
