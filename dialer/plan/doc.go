// Package plan decides what to dial: one machine for all running campaigns and
// trunks of a node. Step takes the time and what just happened and returns what
// shall be done; NextWake says when to ask again.
//
// It knows claimed contacts, caps and rates, agents and what they do, how many
// calls were abandoned, and how patient carriers are. It does not know clocks,
// sockets, databases or goroutines, nor the contact policy: whether a contact may
// be called is asked when its attempt begins. What it returns depends on what was
// handed in, and on nothing else.
//
// Two rules bound a campaign's calls: its agents' (see room) and its trunks' (see
// cost and kept). A call that rings is never asked to be cut.
//
// A step costs O(log n) in campaigns and trunks, and grows with the campaigns that
// share the agents in question, but not with contacts, agents or calls; forming
// the crews anew, when an agent serves other queues than before, does grow with
// agents.
package plan
