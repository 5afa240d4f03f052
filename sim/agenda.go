package sim

import (
	"container/heap"
	"time"
)

// agenda is what will happen, in the order of time; what comes at the same time
// happens in the order in which it was entered.
type agenda struct {
	entries entries
	entered uint64
}

type entry struct {
	at    time.Time
	order uint64
	do    func()
}

// add enters what shall happen at a time.
func (a *agenda) add(at time.Time, do func()) {
	a.entered++
	heap.Push(&a.entries, entry{at, a.entered, do})
}

// next takes out what happens next; false: nothing does.
func (a *agenda) next() (entry, bool) {
	if len(a.entries) == 0 {
		return entry{}, false
	}
	return heap.Pop(&a.entries).(entry), true
}

type entries []entry

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e entries) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].order < e[j].order
}

// Push adds x at the end, for package heap.
func (e *entries) Push(x any) { *e = append(*e, x.(entry)) }

// Pop takes the end off, for package heap.
func (e *entries) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = entry{}
	*e = old[:len(old)-1]
	return last
}
