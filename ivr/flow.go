package ivr

// Flow is a conversation as it was written down. It never changes.
type Flow struct {
	hash string
}

// Hash identifies the flow's exact text.
func (f *Flow) Hash() string { return f.hash }
