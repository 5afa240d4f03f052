package store

import "careline/call"

// ahead is what the journal knows of calls that the database does not: by call
// id, what was accepted of it, oldest first.
type ahead map[string][]op

func (a ahead) add(o op) {
	switch o := o.(type) {
	case *openCall:
		a[o.Record.ID] = append(a[o.Record.ID], o)
	case *commitStep:
		a[o.CallID] = append(a[o.CallID], o)
	case *closeCall:
		a[o.ID] = append(a[o.ID], o)
	}
}

// bring brings a record up to date.
func (a ahead) bring(r call.Record) call.Record {
	for _, o := range a[r.ID] {
		switch o := o.(type) {
		case *commitStep:
			if o.Seq > r.Seq {
				r.Seq, r.State, r.Actions = o.Seq, o.State, o.Actions
			}
		case *closeCall:
			if r.EndedAt.IsZero() {
				r.EndedAt, r.Ending = o.At, o.Ending
			}
		}
	}
	return r
}

// opened returns a call that only the journal knows.
func (w *writer) opened(id string) (call.Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.ahead[id] {
		if open, ok := o.(*openCall); ok {
			return w.ahead.bring(open.Record), true
		}
	}
	return call.Record{}, false
}

// moved brings a record up to date with the journal.
func (w *writer) moved(r call.Record) call.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ahead.bring(r)
}
