package phone

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrInvalid is the cause of every refusal by Parse.
var ErrInvalid = errors.New("not a telephone number")

// maxLength is the longest text that Parse looks at: 15 digits of E.164 with an
// international prefix and every digit set apart still fit.
const maxLength = 40

// short matches what is dialed as it is wherever no subscriber's number is so
// short: service numbers such as 110, 10086, 12345 and 95588.
var short = regexp.MustCompile(`^[1-9][0-9]{2,5}$`)

// chinese matches what is dialed as it is in China: longer service numbers
// (95xxx with a branch), and the 400 and 800 numbers, which no foreign network
// reaches.
var chinese = regexp.MustCompile(`^(9[56][0-9]{3,6}|[48]00[0-9]{7})$`)

// Parse reads a number as people write it. National numbers are read as those
// of region, an ISO 3166 code such as CN; without a region only international
// ones are understood. Service numbers and Chinese 400 numbers stay as they
// are. The error wraps ErrInvalid, says why, and does not repeat the number.
func Parse(s, region string) (Number, error) {
	digits, err := clean(s)
	if err != nil {
		return "", err
	}
	if n, ok := quick(digits, region); ok {
		return n, nil
	}
	return thorough(digits, region)
}

// thorough reads a number by the library.
func thorough(digits, region string) (Number, error) {
	n, err := phonenumbers.Parse(digits, strings.ToUpper(region))
	if err == nil && isChinese(n) {
		return Number(phonenumbers.GetNationalSignificantNumber(n)), nil
	}
	if err == nil && phonenumbers.IsValidNumber(n) {
		return Number(phonenumbers.Format(n, phonenumbers.E164)), nil
	}
	if short.MatchString(digits) {
		return Number(digits), nil
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, reason(digits, err))
	}
	return "", fmt.Errorf("%w: %s", ErrInvalid, flaw(n))
}

// IsE164 tells whether a number is written as Parse writes it: a plus and 8 to 15
// digits, and no Chinese number that is dialed without its country code. Whether
// it exists it does not tell, but it is quick.
func IsE164(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	if !plus || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	national, china := strings.CutPrefix(digits, "86")
	return !china || !short.MatchString(national) && !chinese.MatchString(national)
}

// IsRegion tells whether it is an ISO 3166 code of a country that has numbers.
func IsRegion(region string) bool {
	return phonenumbers.GetCountryCodeForRegion(strings.ToUpper(region)) != 0
}

// isChinese tells whether it is a number of China that is dialed without its
// country code, whatever stood before it.
func isChinese(n *phonenumbers.PhoneNumber) bool {
	national := phonenumbers.GetNationalSignificantNumber(n)
	return n.GetCountryCode() == 86 && (short.MatchString(national) || chinese.MatchString(national))
}

// clean leaves the digits and a leading plus. Spreadsheets put an apostrophe
// before numbers, and Chinese input methods write wide digits.
func clean(s string) (string, error) {
	if len(s) > maxLength {
		return "", fmt.Errorf("%w: longer than %d bytes", ErrInvalid, maxLength)
	}
	s = strings.TrimPrefix(strings.TrimSpace(s), "'")
	s = strings.TrimPrefix(s, "tel:")
	var b strings.Builder
	for _, r := range s {
		switch r = narrow(r); {
		case r >= '0' && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" \t\u00a0\u3000-‐‑–—.()/", r):
		default:
			return "", fmt.Errorf("%w: %q does not belong in a number", ErrInvalid, r)
		}
	}
	if b.Len() == 0 {
		return "", fmt.Errorf("%w: it is empty", ErrInvalid)
	}
	return b.String(), nil
}

// narrow turns the full-width form of an ASCII character into that character.
func narrow(r rune) rune {
	const first, last, shift = '！', '～', '！' - '!'
	if r >= first && r <= last {
		return r - shift
	}
	return r
}

// reason words why the digits could not be read at all.
func reason(digits string, err error) error {
	if errors.Is(err, phonenumbers.ErrInvalidCountryCode) && !strings.HasPrefix(digits, "+") {
		return errors.New("a national number, but the country is not known")
	}
	return err
}

// flaw words what is wrong with a number that was read but does not exist.
func flaw(n *phonenumbers.PhoneNumber) string {
	country := fmt.Sprintf("+%d", n.GetCountryCode())
	flaws := map[phonenumbers.ValidationResult]string{
		phonenumbers.TOO_SHORT:              "too short for " + country,
		phonenumbers.TOO_LONG:               "too long for " + country,
		phonenumbers.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
	}
	return cmp.Or(flaws[phonenumbers.IsPossibleNumberWithReason(n)], "no such range in "+country)
}
