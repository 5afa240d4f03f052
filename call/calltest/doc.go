// Package calltest is a telephone network for tests of what places calls: a
// Carrier with a Person behind every number, in memory, in whatever time the
// test runs. Nothing is sent and nothing is heard.
package calltest
