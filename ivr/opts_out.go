package ivr

// OptsOut tells whether a conversation can come to where somebody asks not to be
// called any more.
func (f *Flow) OptsOut() bool { return f.optsOut(f.start) }

func (f *Flow) optsOut(from string) bool {
	for name := range f.reach(from) {
		if n := f.nodes[name]; n != nil {
			if _, is := n.kind.(optout); is {
				return true
			}
		}
	}
	return false
}
