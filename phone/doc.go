// Package phone knows telephone numbers, the time zones they stand for, and
// the hours in which somebody may be called there. It knows nothing of calls.
package phone
