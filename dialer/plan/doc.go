// Package plan decides what to dial: one machine for all running campaigns and
// trunks of a node. Step takes the time and what just happened and returns what
// shall be done; NextWake says when to ask again.
//
// It knows claimed contacts, caps and rates. It does not know clocks, sockets,
// databases or goroutines, nor the contact policy: whether a contact may be
// called is asked when its attempt begins. What it returns depends on what was
// handed in, and on nothing else. A step costs O(log n) in campaigns and trunks
// and does not grow with the contacts claimed.
package plan
