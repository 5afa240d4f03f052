// Package campaigns holds what a campaign is and decides about it: lists,
// contacts, attempts, dispositions, retries, the contact policy, what makes an
// interview complete, and the funnel.
//
// It is arithmetic on values: time is handed in, nothing is read or written.
package campaigns
