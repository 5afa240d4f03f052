// Package progress recognises by its sound what the network says of a call that
// is not answered: busy and congestion tones, and the three tones before an
// announcement (SIT), which in North America tell the cause.
//
// It is arithmetic on samples: no clock, no goroutine.
package progress
