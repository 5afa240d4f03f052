package storetest

import (
	"careline/store"
)

// doNotCalls reads the do-not-call list.
func (w *world) doNotCalls(f store.RefusalFilter) []store.DoNotCall {
	w.Helper()
	var list []store.DoNotCall
	for e, err := range w.s.DoNotCalls(w.Context(), f) {
		w.ok("read the do-not-call list", err)
		list = append(list, e)
	}
	return list
}
