package speech

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"careline/ivr"
)

// ErrPiece is the cause of errors about a piece that cannot be said, whatever
// was recorded.
var ErrPiece = errors.New("cannot be said")

// The limits of what is read out.
const (
	maxNumber = 999_999_999
	maxDigits = 64
)

// tongue is how one language reads what is not text. Each method returns the
// recordings that are joined.
type tongue interface {
	number(n int) []string // 0 to maxNumber
	digit(d byte) string   // '0' to '9'
	date(m time.Month, day int) []string
	money(a amount, c currency) []string
	minus() string
	pieces() []Line // every recording that the others can ask for
}

func tongueOf(lang string) (tongue, error) {
	switch base(lang) {
	case "zh":
		return chinese{}, nil
	case "en":
		return english{}, nil
	default:
		return nil, fmt.Errorf("language %q: numbers, dates and amounts %w", lang, ErrPiece)
	}
}

// base is the language without its region: zh of zh-CN.
func base(lang string) string {
	b, _, _ := strings.Cut(lang, "-")
	return strings.ToLower(b)
}

// Pieces is every recording that numbers, digits, dates and amounts of a
// language are joined from; none for a language whose numbers are not known.
func Pieces(lang string) []Line {
	t, err := tongueOf(lang)
	if err != nil {
		return nil
	}
	lines := t.pieces()
	for i := range lines {
		lines[i].Lang = lang
	}
	return lines
}

// Words is what one piece of a prompt is joined from: the texts of recordings,
// in order. Its errors name the language and the value, and match ErrPiece.
func Words(lang string, p ivr.Piece) ([]string, error) {
	if p.Kind == ivr.Text {
		return []string{tidy(p.Value)}, nil
	}
	t, err := tongueOf(lang)
	if err != nil {
		return nil, err
	}
	words, err := read(t, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %s %q: %w", lang, p.Kind, p.Value, err)
	}
	return words, nil
}

func read(t tongue, p ivr.Piece) ([]string, error) {
	switch p.Kind {
	case ivr.Number:
		return readNumber(t, p.Value)
	case ivr.Digits:
		return readDigits(t, p.Value)
	case ivr.Date:
		return readDate(t, p.Value)
	case ivr.Money:
		return readMoney(t, p.Value, p.Unit)
	case ivr.Text:
		return []string{tidy(p.Value)}, nil
	default:
		return nil, fmt.Errorf("this kind of piece %w", ErrPiece)
	}
}

func readNumber(t tongue, value string) ([]string, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n > maxNumber || n < -maxNumber {
		return nil, fmt.Errorf("not a whole number of at most %d: %w", maxNumber, ErrPiece)
	}
	if n < 0 {
		return append([]string{t.minus()}, t.number(-n)...), nil
	}
	return t.number(n), nil
}

// readDigits passes over blanks and hyphens, which numbers are written with.
func readDigits(t tongue, value string) ([]string, error) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(value)
	if digits == "" || len(digits) > maxDigits || strings.Trim(digits, "0123456789") != "" {
		return nil, fmt.Errorf("not 1 to %d digits: %w", maxDigits, ErrPiece)
	}
	words := make([]string, len(digits))
	for i := range words {
		words[i] = t.digit(digits[i])
	}
	return words, nil
}

// readDate reads month and day; the year goes without saying.
func readDate(t tongue, value string) ([]string, error) {
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return nil, fmt.Errorf("not a day as 2026-12-04: %w", ErrPiece)
	}
	return t.date(day.Month(), day.Day()), nil
}

func readMoney(t tongue, value, unit string) ([]string, error) {
	c, ok := currencies[unit]
	if !ok {
		return nil, fmt.Errorf("currency %q is none of CNY, EUR, GBP and USD: %w", unit, ErrPiece)
	}
	a, err := parseAmount(value)
	if err != nil {
		return nil, err
	}
	words := t.money(a, c)
	if a.negative {
		words = append([]string{t.minus()}, words...)
	}
	return words, nil
}
