package twin

import (
	"cmp"
	"strconv"
)

// or is an attribute, or what it is by default.
func (n *node) or(name, otherwise string) string { return cmp.Or(n.attrs[name], otherwise) }

// number is an attribute that is a whole number. Those that are none were taken
// out.
func (n *node) number(name string, otherwise int) int {
	v, ok := n.attrs[name]
	if !ok {
		return otherwise
	}
	i, err := strconv.Atoi(v)
	if err != nil {
		return otherwise
	}
	return i
}
