package speech

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// chinese reads Mandarin.
type chinese struct{}

var chineseDigits = [...]string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// liang is the two of quantities: at the head of a number before a hundred, a
// thousand and so on, and alone before a measure.
const liang = "两"

func (chinese) minus() string { return "负" }

// digit reads one as yao, as everybody does on the telephone, where yi and qi
// are too much alike.
func (chinese) digit(d byte) string {
	if d == '1' {
		return "幺"
	}
	return chineseDigits[d-'0']
}

// number groups by ten thousands. A zero is said once for each run of zeros
// that has something on both sides, except where such a run ends a group.
func (c chinese) number(n int) []string {
	if n == 0 {
		return []string{"零"}
	}
	var words []string
	gap := false
	for _, g := range []struct {
		size int
		name string
	}{{1_0000_0000, "亿"}, {1_0000, "万"}, {1, ""}} {
		part := n / g.size % 1_0000
		if part == 0 {
			gap = len(words) > 0
			continue
		}
		if len(words) > 0 && (gap || part < 1000) {
			words = append(words, "零")
		}
		words = append(words, c.group(part, len(words) == 0, g.name != "")...)
		if gap = false; g.name != "" {
			words = append(words, g.name)
		}
	}
	return words
}

// group reads 1 to 9999. At the head of a number ten is shi and not yi shi, and
// two is liang before a larger unit; named says that one follows the group.
func (chinese) group(n int, head, named bool) []string {
	if head && named && n == 2 {
		return []string{liang}
	}
	var words []string
	gap := false
	for _, u := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.size % 10
		if d == 0 {
			gap = len(words) > 0
			continue
		}
		if gap {
			words = append(words, "零")
		}
		words = append(words, chineseUnit(d, u.name, head && len(words) == 0)...)
		gap = false
	}
	return words
}

func chineseUnit(d int, unit string, head bool) []string {
	switch {
	case unit == "":
		return []string{chineseDigits[d]}
	case head && unit == "十" && d == 1:
		return []string{unit}
	case head && unit != "十" && d == 2:
		return []string{liang, unit}
	default:
		return []string{chineseDigits[d], unit}
	}
}

// count is a number before a measure, where a two alone is liang.
func (c chinese) count(n int) []string {
	if n == 2 {
		return []string{liang}
	}
	return c.number(n)
}

func (chinese) date(m time.Month, day int) []string {
	return []string{chineseMonth(int(m)), chineseDay(day)}
}

func chineseMonth(m int) string { return plainChinese(m) + "月" }
func chineseDay(day int) string { return plainChinese(day) + "日" }

// plainChinese writes 1 to 31.
func plainChinese(n int) (s string) {
	for _, w := range (chinese{}).number(n) {
		s += w
	}
	return s
}

func (c chinese) money(a amount, cur currency) []string {
	var words []string
	if a.whole > 0 || a.cents == 0 {
		words = append(c.count(a.whole), cur.zh)
	}
	switch {
	case a.cents == 0:
		return words
	case cur.zhCent != "":
		return append(append(words, c.count(a.cents)...), cur.zhCent)
	default:
		return append(words, c.change(a.cents/10, a.cents%10, a.whole > 0)...)
	}
}

// change reads what is less than a yuan.
func (c chinese) change(jiao, fen int, after bool) (words []string) {
	if jiao > 0 {
		words = append(c.count(jiao), "角")
	}
	switch {
	case fen == 0:
		return words
	case jiao > 0:
		return append(words, chineseDigits[fen], "分")
	case after:
		return append(words, "零", chineseDigits[fen], "分")
	default:
		return append(c.count(fen), "分")
	}
}

func (c chinese) pieces() []Line {
	lines := []Line{
		{Text: c.minus(), Name: "minus"},
		{Text: c.digit('1'), Name: "digit-1"},
		{Text: liang, Name: "number-2-liang"},
		{Text: "十", Name: "number-10"},
		{Text: "百", Name: "number-100"},
		{Text: "千", Name: "number-1000"},
		{Text: "万", Name: "number-10000"},
		{Text: "亿", Name: "number-100000000"},
		{Text: "角", Name: "money-cny-jiao"},
		{Text: "分", Name: "money-cny-fen"},
	}
	for d, text := range chineseDigits {
		lines = append(lines, Line{Text: text, Name: "number-" + strconv.Itoa(d)})
	}
	for m := 1; m <= 12; m++ {
		lines = append(lines, Line{Text: chineseMonth(m), Name: fmt.Sprintf("month-%02d", m)})
	}
	for d := 1; d <= 31; d++ {
		lines = append(lines, Line{Text: chineseDay(d), Name: fmt.Sprintf("day-%02d", d)})
	}
	return append(lines, chineseMoney()...)
}

func chineseMoney() (lines []Line) {
	for _, code := range slices.Sorted(maps.Keys(currencies)) {
		cur := currencies[code]
		lines = append(lines, Line{Text: cur.zh, Name: "money-" + cur.code})
		if cur.zhCent != "" {
			lines = append(lines, Line{Text: cur.zhCent, Name: "money-" + cur.code + "-cent"})
		}
	}
	return lines
}
