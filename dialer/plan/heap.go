package plan

// place is where an item stands in a heap: 0 is nowhere, else its index plus 1.
type place int

// ordered is an item of a heap.
type ordered[T any] interface {
	before(other T) bool
	place() *place
}

// heap keeps items in the order of before; each knows its place, so that it can
// be moved or taken out in O(log n).
type heap[T ordered[T]] []T

// top returns the first item.
func (h heap[T]) top() (first T, ok bool) {
	if len(h) == 0 {
		return first, false
	}
	return h[0], true
}

// put adds the item, or moves it to where it now belongs.
func (h *heap[T]) put(x T) {
	if *x.place() == 0 {
		*h = append(*h, x)
		*x.place() = place(len(*h))
	}
	i := int(*x.place()) - 1
	h.up(i)
	h.down(int(*x.place()) - 1)
}

// drop takes the item out, where it is in.
func (h *heap[T]) drop(x T) {
	i, last := int(*x.place())-1, len(*h)-1
	if i < 0 {
		return
	}
	moved := (*h)[last]
	h.swap(i, last)
	clear((*h)[last:])
	*h = (*h)[:last]
	*x.place() = 0
	if i < last {
		h.put(moved)
	}
}

func (h heap[T]) up(i int) {
	for i > 0 && h[i].before(h[(i-1)/2]) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h heap[T]) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h heap[T]) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	*h[i].place() = place(i + 1)
	*h[j].place() = place(j + 1)
}
