package speech

import (
	"fmt"
	"strconv"
	"time"
)

// english reads English as it is spoken in Britain: one hundred and five.
type english struct{}

var englishSmall = [...]string{
	"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
	"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
}

var englishTens = [...]string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}

var englishDays = [...]string{
	"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
	"eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
	"twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth",
	"twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
}

func (english) minus() string { return "minus" }

func (english) digit(d byte) string { return englishSmall[d-'0'] }

func (e english) number(n int) []string {
	if n == 0 {
		return []string{englishSmall[0]}
	}
	var words []string
	for _, g := range []struct {
		size int
		name string
	}{{1_000_000, "million"}, {1000, "thousand"}} {
		if part := n / g.size % 1000; part > 0 {
			words = append(append(words, e.group(part)...), g.name)
		}
	}
	rest := n % 1000
	if len(words) > 0 && rest > 0 && rest < 100 {
		words = append(words, "and")
	}
	return append(words, e.group(rest)...)
}

// group reads 0 to 999; nothing for 0.
func (e english) group(n int) (words []string) {
	if n >= 100 {
		words = append(words, englishSmall[n/100], "hundred")
		if n %= 100; n > 0 {
			words = append(words, "and")
		}
	}
	switch {
	case n == 0:
		return words
	case n < 20:
		return append(words, englishSmall[n])
	case n%10 == 0:
		return append(words, englishTens[n/10])
	default:
		return append(words, englishTens[n/10], englishSmall[n%10])
	}
}

func (english) date(m time.Month, day int) []string {
	return []string{m.String(), englishDays[day]}
}

// money leaves the cents of a currency without a name for them bare: twenty
// yuan fifty, twenty yuan zero five.
func (e english) money(a amount, cur currency) []string {
	if cur.oneCent == "" {
		words := e.counted(a.whole, cur.one, cur.many)
		if a.cents > 0 && a.cents < 10 {
			words = append(words, englishSmall[0])
		}
		return append(words, e.group(a.cents)...)
	}
	cents := e.counted(a.cents, cur.oneCent, cur.manyCent)
	switch {
	case a.cents == 0:
		return e.counted(a.whole, cur.one, cur.many)
	case a.whole == 0:
		return cents
	default:
		return append(append(e.counted(a.whole, cur.one, cur.many), "and"), cents...)
	}
}

func (e english) counted(n int, one, many string) []string {
	if n == 1 {
		many = one
	}
	return append(e.number(n), many)
}

func (e english) pieces() []Line {
	lines := []Line{
		{Text: e.minus(), Name: "minus"},
		{Text: "and", Name: "and"},
		{Text: "hundred", Name: "number-100"},
		{Text: "thousand", Name: "number-1000"},
		{Text: "million", Name: "number-1000000"},
	}
	for n, text := range englishSmall {
		lines = append(lines, Line{Text: text, Name: "number-" + strconv.Itoa(n)})
	}
	for n, text := range englishTens[2:] {
		lines = append(lines, Line{Text: text, Name: "number-" + strconv.Itoa(10*n+20)})
	}
	for m := time.January; m <= time.December; m++ {
		lines = append(lines, Line{Text: m.String(), Name: fmt.Sprintf("month-%02d", m)})
	}
	for d, text := range englishDays[1:] {
		lines = append(lines, Line{Text: text, Name: fmt.Sprintf("day-%02d", d+1)})
	}
	return append(lines, englishMoney()...)
}

func englishMoney() []Line {
	units := [...]string{"yuan", "dollar", "dollars", "euro", "euros", "cent", "cents", "pound", "pounds", "penny", "pence"}
	lines := make([]Line, len(units))
	for i, text := range units {
		lines[i] = Line{Text: text, Name: "money-" + text}
	}
	return lines
}
