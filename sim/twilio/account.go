package twin

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// account is an Account at work. It belongs to the twin's lock.
type account struct {
	Account
	numbers []number
	callers []callerID
	next    time.Time // when the next call may leave
	up      int       // calls of REST that are not over
}

type number struct {
	Number
	sid string
}

type callerID struct{ sid, number string }

// open opens an account.
func (t *Twin) open(a Account) error {
	if !isSID(a.SID, "AC") || a.Token == "" {
		return fmt.Errorf("account %q: it needs a sid as Twilio's and a token", a.SID)
	}
	if t.accounts[a.SID] != nil {
		return fmt.Errorf("account %s is there twice", a.SID)
	}
	a.CallsPerSecond = cmp.Or(a.CallsPerSecond, 1)
	acc := &account{Account: a}
	for _, n := range a.Numbers {
		if !isE164(n.Number) {
			return fmt.Errorf("account %s: number %q is not E.164", a.SID, n.Number)
		}
		n.VoiceMethod, n.FallbackMethod, n.StatusMethod = cmp.Or(n.VoiceMethod, "POST"), cmp.Or(n.FallbackMethod, "POST"), cmp.Or(n.StatusMethod, "POST")
		acc.numbers = append(acc.numbers, number{n, dice{t.opt.Seed, a.SID + n.Number}.sid("PN")})
	}
	for _, n := range a.CallerIDs {
		acc.callers = append(acc.callers, callerID{dice{t.opt.Seed, a.SID + n}.sid("PN"), n})
	}
	t.accounts[a.SID] = acc
	return nil
}

// mayShow tells whether an account may show a number to whom it calls.
func (a *account) mayShow(n string) bool {
	for _, have := range a.numbers {
		if have.Number.Number == n {
			return true
		}
	}
	for _, have := range a.callers {
		if have.number == n {
			return true
		}
	}
	return false
}

// owner finds the account that has bought a number.
func (t *Twin) owner(to string) (*account, Number, bool) {
	for _, a := range t.opt.Accounts {
		acc := t.accounts[a.SID]
		for _, n := range acc.numbers {
			if n.Number.Number == to || strings.TrimPrefix(n.Number.Number, "+") == to {
				return acc, n.Number, true
			}
		}
	}
	return nil, Number{}, false
}

// reserve is how long a call of the account has to wait for its turn.
func (a *account) reserve(now time.Time) time.Duration {
	if a.next.Before(now) {
		a.next = now
	}
	wait := a.next.Sub(now)
	a.next = a.next.Add(time.Duration(float64(time.Second) / a.CallsPerSecond))
	return wait
}

// isSID tells whether s is a prefix and 32 hexadecimal digits.
func isSID(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && len(rest) == 32 && strings.Trim(rest, "0123456789abcdefABCDEF") == ""
}

// isE164 tells whether s is a plus and up to 15 digits.
func isE164(s string) bool {
	rest, ok := strings.CutPrefix(s, "+")
	return ok && len(rest) >= 7 && len(rest) <= 15 && rest[0] != '0' && strings.Trim(rest, "0123456789") == ""
}
