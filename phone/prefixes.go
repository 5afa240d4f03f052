package phone

import (
	"fmt"
	"strings"
)

// Prefixes is a list of destinations that may be called. The longest entry that
// fits a number decides; a number that none fits is not permitted, so an empty
// list permits nothing.
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
func (p Prefixes) Permit(n Number) bool {
	longest, permitted := -1, false
	for _, entry := range p {
		bare, forbids := strings.CutPrefix(entry, "!")
		if size := fit(bare, string(n)); size > longest || size == longest && forbids {
			longest, permitted = size, !forbids
		}
	}
	return longest > 0 && permitted
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
