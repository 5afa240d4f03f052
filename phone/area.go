package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Area is where a number belongs: its country's calling code, and the area code
// where it stands for a place. Both are empty for short codes; a mobile has no
// area.
func Area(n Number) (country, area string) {
	is := placed.of(n, areaOf)
	return is.country, is.area
}

// placed remembers where numbers belong.
var placed memory[belonging]

// belonging is where a number belongs.
type belonging struct{ country, area string }

func areaOf(n Number) (is belonging) {
	parsed, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return is
	}
	digits := phonenumbers.GetNationalSignificantNumber(parsed)
	is.country = strings.TrimSuffix(strings.TrimPrefix(phonenumbers.Format(parsed, phonenumbers.E164), "+"), digits)
	if size := phonenumbers.GetLengthOfGeographicalAreaCode(parsed); size > 0 && size <= len(digits) {
		is.area = digits[:size]
	}
	return is
}

// National is a number as it is dialed within its country, such as 02079460000
// for +442079460000. One of another country than region, and a short code, are
// left as they are.
func National(n Number, region string) string {
	parsed, err := phonenumbers.Parse(string(n), "")
	if err != nil || int(parsed.GetCountryCode()) != phonenumbers.GetCountryCodeForRegion(region) {
		return string(n)
	}
	written := phonenumbers.Format(parsed, phonenumbers.NATIONAL)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, written)
}
