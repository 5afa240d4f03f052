package sip

import (
	"fmt"
	"regexp"
	"strings"

	"careline/phone"
)

// Rewriting is how numbers are written for a carrier, and how it writes them.
// The zero value sends them in E.164 with a plus, and reads what comes as it is.
type Rewriting struct {
	Format   Format // of outgoing numbers, before the rules
	Callee   []Rule // the number that is called; of several rules the first that fits
	Caller   []Rule // the number that is shown
	InCallee []Rule // of a call that comes in: the number that was called
	InCaller []Rule // and the one that calls
}

// Format is how a carrier wants numbers.
type Format string

// The formats, on the example of +442079460000.
const (
	E164          Format = "e164"          // as it is
	Plain         Format = "plain"         // 442079460000
	International Format = "international" // 00442079460000
	National      Format = "national"      // 02079460000 within the trunk's region, else 00...
)

// Check says what is wrong with a format.
func (f Format) Check() error {
	switch f {
	case "", E164, Plain, International, National:
		return nil
	default:
		return fmt.Errorf("%q is not known; there are %s, %s, %s, %s", string(f), E164, Plain, International, National)
	}
}

// write writes a number of E.164; short codes stay as they are.
func (f Format) write(n phone.Number, region string) string {
	digits, full := strings.CutPrefix(string(n), "+")
	switch {
	case !full || f == "" || f == E164:
		return string(n)
	case f == Plain:
		return digits
	case f == National:
		if s := phone.National(n, region); s != string(n) {
			return s
		}
	}
	return "00" + digits
}

// Rule rewrites the numbers that it fits.
type Rule struct {
	match *regexp.Regexp
	with  string
}

// PrefixRule puts with in the place of what numbers begin with. An empty prefix
// fits all.
func PrefixRule(prefix, with string) (Rule, error) {
	return PatternRule("^"+regexp.QuoteMeta(prefix), strings.ReplaceAll(with, "$", "$$"))
}

// PatternRule puts with, in which $1 stands for the first group, in the place of
// what the pattern fits.
func PatternRule(pattern, with string) (Rule, error) {
	match, err := regexp.Compile(pattern)
	if err != nil {
		return Rule{}, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	if strings.ContainsFunc(with, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Rule{}, fmt.Errorf("replacement %q: has characters that are in no number", with)
	}
	return Rule{match: match, with: with}, nil
}

// rewritten applies the first rule that fits.
func rewritten(rules []Rule, number string) string {
	for _, r := range rules {
		if at := r.match.FindStringSubmatchIndex(number); at != nil {
			return number[:at[0]] + string(r.match.ExpandString(nil, r.with, number, at)) + number[at[1]:]
		}
	}
	return number
}

// WriteCallee is a number as the carrier is asked to call it.
func (t Trunk) WriteCallee(n phone.Number) string {
	return rewritten(t.Rewriting.Callee, t.Rewriting.Format.write(n, t.Region))
}

// WriteCaller is a number as the carrier is asked to show it.
func (t Trunk) WriteCaller(n phone.Number) string {
	return rewritten(t.Rewriting.Caller, t.Rewriting.Format.write(n, t.Region))
}

// ReadCallee is the number that was called, of a user as the carrier writes it.
// What is no number is left as it is.
func (t Trunk) ReadCallee(user string) string {
	user = rewritten(t.Rewriting.InCallee, bare(user))
	if n, err := phone.Parse(user, t.Region); err == nil {
		return string(n)
	}
	return user
}

// ReadCaller is the number that calls, likewise; empty for one that hides it, or
// that is a name.
func (t Trunk) ReadCaller(user string) phone.Number {
	user = rewritten(t.Rewriting.InCaller, bare(user))
	if phone.IsE164(user) {
		return phone.Number(user)
	}
	if n, err := phone.Parse(user, t.Region); err == nil {
		return n
	}
	if strings.Trim(user, "+0123456789*#") != "" {
		return "" // anonymous, or a name
	}
	return phone.Number(user)
}

// bare is the user of an address without the parameters of a tel number.
func bare(user string) string {
	user, _, _ = strings.Cut(user, ";")
	return user
}
