// Package greeting listens to the first seconds of a callee who has answered:
// when their first words are over, and whether a person, a machine or a fax
// speaks. A person says a word or two and waits; a machine goes on and on, and
// may end with a beep.
//
// It is arithmetic on samples: no clock, no goroutine.
package greeting
