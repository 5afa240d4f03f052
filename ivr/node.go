package ivr

// node is one named place of a flow.
type node struct {
	name string
}
