package phone

import "github.com/nyaruka/phonenumbers"

// Region is the ISO 3166 code of a number's country; empty for short codes and
// for numbers of no country.
func Region(n Number) string {
	parsed, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return ""
	}
	region := phonenumbers.GetRegionCodeForNumber(parsed)
	if !IsRegion(region) {
		return ""
	}
	return region
}
