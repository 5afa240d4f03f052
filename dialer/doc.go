// Package dialer places the calls of the running campaigns. It carries out what
// dialer/plan decides, effect by effect: it claims contacts, opens an attempt,
// places the call, hands the answered line to a conversation, and ends the
// attempt, always and once. It keeps the node's lease, and dials only while it
// has one.
//
// It decides nothing about whom to call when: the plan knows caps and rates,
// and the contact policy is evaluated where the attempt is committed. It knows
// neither SIP nor SQL.
package dialer
