// Package plan decides what to dial: one machine for all running campaigns and
// trunks of a node. Step takes the time and what just happened and returns what
// shall be done; NextWake says when to ask again.
//
// It knows claimed contacts, caps and rates. It does not know clocks, sockets,
// databases or goroutines. A step costs O(log n) in the contacts claimed.
package plan
