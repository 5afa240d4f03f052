// Package archtest holds the floors of the house: its test reads every Go file
// and fails when a package imports its own floor or a higher one.
package archtest
