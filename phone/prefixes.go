package phone

import (
	"fmt"
	"strings"
)

// Prefixes is a list of destinations that may be called. The longest entry that
// fits a number decides; a number that none fits is not permitted, so an empty
// list permits nothing. Ranges that are known for fraud are closed until an entry
// names them, or a part of them: +1 permits no number of Jamaica, +1876 does.
//
//	+86     every number of China
//	!+8690  but none that begins so
//	10086   this very number
//	400*    every number dialed as it is that begins so
type Prefixes []string

// Check says which entry cannot be understood.
func (p Prefixes) Check() error {
	for _, entry := range p {
		bare := strings.TrimPrefix(entry, "!")
		digits := strings.TrimPrefix(bare, "+")
		if digits == bare {
			digits = strings.TrimSuffix(bare, "*")
		}
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return fmt.Errorf("destination %q: write +86, 10086, 400* or the like, with ! before it to forbid", entry)
		}
	}
	return nil
}

// Permit tells whether the number may be called.
func (p Prefixes) Permit(n Number) bool { return p.Refuses(n) == "" }

// Refuses says why the number may not be called; empty if it may.
func (p Prefixes) Refuses(n Number) string {
	size, permitted := p.longest(n)
	switch c := closedAt(n); {
	case size <= 0:
		return "the trunk's allowed destinations leave the number out"
	case !permitted:
		return "the trunk's allowed destinations forbid the number"
	case len(c.Prefix) > size:
		return c.Prefix + " (" + c.What + ") is closed against fraud unless the allowed destinations name it"
	}
	return ""
}

// longest finds the entry that decides about a number: how many of its
// characters that covers, and whether it permits it.
func (p Prefixes) longest(n Number) (size int, permitted bool) {
	size = -1
	for _, entry := range p {
		bare, forbids := strings.CutPrefix(entry, "!")
		if fits := fit(bare, string(n)); fits > size || fits == size && forbids {
			size, permitted = fits, !forbids
		}
	}
	return size, permitted
}

// fit returns how many characters of the number the entry covers; -1 if it does
// not fit.
func fit(entry, number string) int {
	open, wild := strings.CutSuffix(entry, "*")
	if wild || strings.HasPrefix(entry, "+") {
		if strings.HasPrefix(number, open) {
			return len(open)
		}
		return -1
	}
	if entry == number {
		return len(entry) + 1 // an exact entry outweighs a prefix of the same length
	}
	return -1
}
