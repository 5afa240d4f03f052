package campaigns

import (
	"fmt"
	"time"
)

// Cap bounds what a trunk may carry in one day. A bound of 0 is none.
type Cap struct {
	Calls   int
	Minutes int       // started ones
	Spend   float64   // in the currency that Price is in
	Price   float64   // of a started minute to the number
	Day     string    // such as 2026-11-22, where the service is; empty: nothing is bounded
	Ends    time.Time // when the day is over
}

// Use is what a trunk has carried in a day, running calls included.
type Use struct {
	Calls   int
	Minutes int
	Spend   float64
}

// nearly is the part of a bound at which it is time to tell somebody.
const nearly = 0.8

// Reached says which bound of the day is used up; empty if none is.
func (c Cap) Reached(u Use) string { return c.past(u, 1) }

// Nears says which bound of the day is used up by four fifths; empty if none is.
func (c Cap) Nears(u Use) string { return c.past(u, nearly) }

func (c Cap) past(u Use, part float64) string {
	switch {
	case c.Day == "":
		return ""
	case c.Calls > 0 && float64(u.Calls) >= part*float64(c.Calls):
		return fmt.Sprintf("%d of %d calls of %s are used", u.Calls, c.Calls, c.Day)
	case c.Minutes > 0 && float64(u.Minutes) >= part*float64(c.Minutes):
		return fmt.Sprintf("%d of %d minutes of %s are used", u.Minutes, c.Minutes, c.Day)
	case c.Spend > 0 && u.Spend >= part*c.Spend:
		return fmt.Sprintf("%.2f of the %.2f to be spent on %s are used", u.Spend, c.Spend, c.Day)
	}
	return ""
}
