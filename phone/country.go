package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// longestCode is the length of the longest calling code of a country.
const longestCode = 3

// CallingCode is the calling code of the country that a number is in, as 44,
// without looking at the rest of the number: no code begins with another one. It
// is empty for short codes and where there is no such country.
func CallingCode(n Number) string {
	digits, international := strings.CutPrefix(string(n), "+")
	if !international {
		return ""
	}
	codes := phonenumbers.GetSupportedCallingCodes()
	for size := 1; size <= min(longestCode, len(digits)); size++ {
		if code, err := strconv.Atoi(digits[:size]); err == nil && code > 0 && codes[code] {
			return digits[:size]
		}
	}
	return ""
}
