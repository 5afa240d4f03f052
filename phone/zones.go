package phone

import (
	"fmt"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// unknownZone is what the numbering data gives where it knows no zone.
const unknownZone = "Etc/Unknown"

// Zones returns the IANA names of the time zones that a number may be in: one
// for most, several for a mobile or free number of a wide country, none for a
// number that is dialed without a country code.
func Zones(n Number) []string {
	if !strings.HasPrefix(string(n), "+") {
		return nil
	}
	parsed, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForNumber(parsed)
	if err != nil || len(zones) == 1 && zones[0] == unknownZone {
		return nil
	}
	return zones
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

// Location loads a zone by its IANA name; an empty name is UTC. The name Local,
// which is another place on every machine, is refused.
func Location(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, fmt.Errorf("time zone %q: name the place, as in Asia/Shanghai", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known; names are like Asia/Shanghai", name)
	}
	return loc, nil
}
