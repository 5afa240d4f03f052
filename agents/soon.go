package agents

import (
	"slices"
	"time"
)

// FreeBy tells whether anybody who could take the call of c is free at now, or
// will be at until as far as time alone brings that about.
func FreeBy(now, until time.Time, c Caller, views []View) bool {
	return slices.ContainsFunc(views, func(v View) bool {
		if !v.Serves(c.Queue) && v.Agent.Name != c.Known {
			return false
		}
		switch v.Presence(now) {
		case Idle:
			return true
		case WrapUp:
			return v.Record.Wish == Ready && !v.Record.WrapUpUntil.After(until)
		case Talking:
			return c.Queue.WrapUp == 0 && v.Record.Wish == Ready // may hang up at any moment
		default:
			return false
		}
	})
}
