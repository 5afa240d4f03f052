// Package storetest holds what tests of a store need: the suite that a store
// must pass on both databases, and a PostgreSQL server of its own in a
// temporary folder.
//
// Nothing of it is part of the service.
package storetest
