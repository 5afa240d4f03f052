package floor

// due is something that will happen.
type due struct {
	at   float64
	seq  int // keeps the order of what happens at the same time
	kind happening
	id   int
}

// happening is what will happen.
type happening int

const (
	rings happening = iota
	answers
	fails
	detected
	runsOut // the patience of a caller who waits
	talked
	wrapped
	arrives
	leaves
)

// agenda is a heap of what will happen.
type agenda struct {
	heap []due
	seq  int
}

func (d due) before(e due) bool { return d.at < e.at || d.at == e.at && d.seq < e.seq }

func (a *agenda) add(at float64, kind happening, id int) {
	a.seq++
	a.heap = append(a.heap, due{at, a.seq, kind, id})
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.heap[i].before(a.heap[up]) {
			return
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

// next returns what comes first, if it comes until then.
func (a *agenda) next(until float64) (due, bool) {
	if len(a.heap) == 0 || a.heap[0].at > until {
		return due{}, false
	}
	first, last := a.heap[0], len(a.heap)-1
	a.heap[0] = a.heap[last]
	a.heap = a.heap[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			return first, true
		}
		if down+1 < last && a.heap[down+1].before(a.heap[down]) {
			down++
		}
		if !a.heap[down].before(a.heap[i]) {
			return first, true
		}
		a.heap[i], a.heap[down] = a.heap[down], a.heap[i]
		i = down
	}
}
