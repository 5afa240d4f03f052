package speech

import (
	"fmt"
	"strconv"
	"strings"
)

// amount is a sum of money.
type amount struct {
	negative bool
	whole    int // 0 to maxNumber
	cents    int // 0 to 99
}

// parseAmount reads a decimal number. More than two decimals are read where the
// rest is zero, as databases write it.
func parseAmount(s string) (amount, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	w, err := strconv.ParseUint(whole, 10, 32)
	if err != nil || w > maxNumber || point && strings.HasSuffix(s, ".") {
		return amount{}, fmt.Errorf("not an amount of at most %d, as 23.50: %w", maxNumber, ErrPiece)
	}
	if len(fraction) > 2 {
		return amount{}, fmt.Errorf("more than two decimals: %w", ErrPiece)
	}
	cents, err := strconv.ParseUint((fraction + "00")[:2], 10, 8)
	if err != nil {
		return amount{}, fmt.Errorf("not an amount, as 23.50: %w", ErrPiece)
	}
	a := amount{negative: negative, whole: int(w), cents: int(cents)}
	a.negative = negative && (a.whole > 0 || a.cents > 0)
	return a, nil
}

// currency is how money is named.
type currency struct {
	code              string
	zh, zhCent        string // zhCent is empty for the yuan, which has two smaller units
	one, many         string // in English
	oneCent, manyCent string // empty where the cents follow without a name: twenty yuan fifty
}

// currencies are those that can be said, by ISO 4217 code.
var currencies = map[string]currency{
	"CNY": {code: "cny", zh: "元", one: "yuan", many: "yuan"},
	"USD": {code: "usd", zh: "美元", zhCent: "美分", one: "dollar", many: "dollars", oneCent: "cent", manyCent: "cents"},
	"EUR": {code: "eur", zh: "欧元", zhCent: "欧分", one: "euro", many: "euros", oneCent: "cent", manyCent: "cents"},
	"GBP": {code: "gbp", zh: "英镑", zhCent: "便士", one: "pound", many: "pounds", oneCent: "penny", manyCent: "pence"},
}
