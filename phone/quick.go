package phone

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// A list of millions of numbers is read in a tenth of the time when the usual
// ones are tried first: fixed and mobile numbers, in the main region of their
// country code, by the library's own data. Whatever is not plainly such a number
// is left to the library.

// numbering is what the data says of the region that leads a country code.
type numbering struct {
	code          string         // 86
	all           phoneRange     // every number that there is
	fixed, mobile phoneRange     //
	prefix        *regexp.Regexp // dialed before national numbers; nil: none is
	abroad        *regexp.Regexp // dialed before international numbers
}

// phoneRange is some of a region's numbers.
type phoneRange struct {
	pattern *regexp.Regexp
	lengths []int32 // none: whichever the pattern permits
}

func (r phoneRange) has(national string) bool {
	return (len(r.lengths) == 0 || slices.Contains(r.lengths, int32(len(national)))) && r.pattern.MatchString(national)
}

// numberings are those that were asked for, by region; nil where the region does
// not lead its country code, or where its data says more than a numbering holds.
var numberings sync.Map

// numberingOf returns the numbering of a region, or nil.
func numberingOf(region string) *numbering {
	if known, ok := numberings.Load(region); ok {
		return known.(*numbering)
	}
	n := readNumbering(region)
	known, _ := numberings.LoadOrStore(strings.Clone(region), n)
	return known.(*numbering)
}

// readNumbering reads the data. Where something is wrong with it the library says
// so, for each number.
func readNumbering(region string) *numbering {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil
	}
	at := slices.IndexFunc(all.GetMetadata(), func(m *phonenumbers.PhoneMetadata) bool { return m.GetId() == region })
	if at < 0 {
		return nil
	}
	m := all.GetMetadata()[at]
	code := int(m.GetCountryCode())
	if phonenumbers.GetRegionCodeForCountryCode(code) != region || m.GetLeadingDigits() != "" || m.GetNationalPrefixTransformRule() != "" {
		return nil
	}
	n := &numbering{code: strconv.Itoa(code)}
	for _, r := range []struct {
		to   *phoneRange
		from *phonenumbers.PhoneNumberDesc
	}{{&n.all, m.GetGeneralDesc()}, {&n.fixed, m.GetFixedLine()}, {&n.mobile, m.GetMobile()}} {
		r.to.lengths = r.from.GetPossibleLength()
		if r.to.pattern, err = regexp.Compile(`^(?:` + r.from.GetNationalNumberPattern() + `)$`); err != nil {
			return nil
		}
	}
	if p := m.GetNationalPrefixForParsing(); p != "" {
		if n.prefix, err = regexp.Compile(`^(?:` + p + `)`); err != nil {
			return nil
		}
	}
	if n.abroad, err = regexp.Compile(`^(?:` + m.GetInternationalPrefix() + `)`); err != nil {
		return nil
	}
	return n
}

// quick reads a number that plainly is a fixed or a mobile one. When it reports
// false the number may be good or bad.
func quick(digits, region string) (Number, bool) {
	n, national := split(digits, region)
	if n == nil || national == "" {
		return "", false
	}
	if n.prefix != nil {
		if found := n.prefix.FindStringIndex(national); found != nil && (!n.all.has(national) || n.all.has(national[found[1]:])) {
			national = national[found[1]:]
		}
	}
	switch {
	case national == "", national[0] == '0', !n.all.has(national), !n.mobile.has(national) && !n.fixed.has(national):
		return "", false
	case n.code == "86" && (short.MatchString(national) || chinese.MatchString(national)):
		return "", false
	}
	return Number("+" + n.code + national), true
}

// split returns the numbering that holds for a number, and the number within it.
func split(digits, region string) (*numbering, string) {
	abroad, plus := strings.CutPrefix(digits, "+")
	if !plus {
		n := numberingOf(strings.ToUpper(region))
		if n == nil || strings.HasPrefix(digits, n.code) || n.abroad.MatchString(digits) {
			return nil, ""
		}
		return n, digits
	}
	for length := 1; length <= min(3, len(abroad)); length++ {
		code, err := strconv.Atoi(abroad[:length])
		if err != nil || abroad[0] == '0' {
			break
		}
		if of := phonenumbers.GetRegionCodeForCountryCode(code); of != phonenumbers.UNKNOWN_REGION {
			return numberingOf(of), abroad[length:]
		}
	}
	return nil, ""
}
