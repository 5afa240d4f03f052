// Package store is everything that outlives the process: flows, lists,
// campaigns, contacts, the ledger of attempts, calls and their answers, the
// do-not-call list, agents and nodes, on SQLite or PostgreSQL.
//
// It knows SQL, transactions, leases, and the journal that takes what the
// database cannot. It decides nothing about campaigns: what may be called and
// what becomes of a contact it asks of package campaigns, inside the
// transaction that writes the outcome. Its methods take now; it has no clock
// of its own beyond time-outs.
//
// When a method that writes returns nil, what it was given is on disk.
package store
