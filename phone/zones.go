package phone

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// unknownZone is what the numbering data gives where it knows no zone.
const unknownZone = "Etc/Unknown"

// Zones returns the IANA names of the time zones that a number may be in: one
// for most, all of its country's for a mobile or free number of a wide country,
// which tells no place, none for a number that is dialed without a country code.
func Zones(n Number) []string {
	return slices.Clone(zoned.of(n, zonesOf))
}

func zonesOf(n Number) []string {
	zones, number := near(n)
	if len(zones) == 1 && roams(number) {
		code := fmt.Sprint(number.GetCountryCode())
		if all, err := phonenumbers.GetTimezonesForPrefix(code); err == nil && all[0] != unknownZone {
			return all
		}
	}
	return zones
}

// zoned remembers the zones of numbers: to find them takes longer than all else
// that is asked before a call.
var zoned memory[[]string]

// NearZones are Zones as the numbering data has them, which puts the mobiles of
// a wide country where most of them are. It is for whoever knows the place from
// elsewhere as well.
func NearZones(n Number) []string {
	zones, _ := near(n)
	return zones
}

func near(n Number) ([]string, *phonenumbers.PhoneNumber) {
	if !strings.HasPrefix(string(n), "+") {
		return nil, nil
	}
	parsed, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return nil, nil
	}
	zones, err := phonenumbers.GetTimezonesForNumber(parsed)
	if err != nil || len(zones) == 1 && zones[0] == unknownZone {
		return nil, nil
	}
	return zones, parsed
}

// roams tells whether a number is a mobile that stands for no place.
func roams(n *phonenumbers.PhoneNumber) bool {
	return phonenumbers.GetLengthOfGeographicalAreaCode(n) == 0 && phonenumbers.GetNumberType(n) == phonenumbers.MOBILE
}

// Locations loads the named zones. Where none is named it is the fallback
// alone, and where that is empty too it is UTC.
func Locations(zones []string, fallback string) ([]*time.Location, error) {
	if len(zones) == 0 {
		zones = []string{fallback}
	}
	locs := make([]*time.Location, 0, len(zones))
	for _, name := range zones {
		loc, err := Location(name)
		if err != nil {
			return nil, err
		}
		locs = append(locs, loc)
	}
	return locs, nil
}

// locations keeps the zones that were loaded, as each is read from a file.
var locations sync.Map // name to *time.Location

// Location loads a zone by its IANA name; an empty name is UTC. The name Local,
// which is another place on every machine, is refused.
func Location(name string) (*time.Location, error) {
	if loc, loaded := locations.Load(name); loaded {
		return loc.(*time.Location), nil //nolint:forcetypeassert // nothing else is stored
	}
	if name == "Local" {
		return nil, fmt.Errorf("time zone %q: name the place, as in Asia/Shanghai", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known; names are like Asia/Shanghai", name)
	}
	locations.Store(name, loc)
	return loc, nil
}
