package campaigns

import (
	"hash/fnv"
	"slices"

	"careline/phone"
)

// Shows lists all numbers that callees may see: caller_id first.
func (d Definition) Shows() []phone.Number {
	list := []phone.Number{d.CallerID}
	for _, n := range d.CallerIDs {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// Shown is the number that a callee sees, of those that a trunk owns: one of the
// callee's area, else of the callee's country, else caller_id. Among equals the
// contact's key decides, so that each attempt on a contact shows the same one.
// It is empty where the trunk owns none; a trunk that lists none owns all.
func (d Definition) Shown(owned []phone.Number, to phone.Number, key string) phone.Number {
	list := d.Shows()
	if len(owned) > 0 {
		list = slices.DeleteFunc(list, func(n phone.Number) bool { return !slices.Contains(owned, n) })
	}
	if len(list) < 2 {
		return append(list, "")[0]
	}
	near, home := nearest(list, to)
	switch {
	case len(near) > 0:
		return pick(near, key)
	case len(home) > 0 && !slices.Contains(home, d.CallerID):
		return pick(home, key)
	case list[0] == d.CallerID:
		return d.CallerID
	default:
		return pick(list, key)
	}
}

// nearest are the numbers of a callee's area, and those of the callee's country.
func nearest(list []phone.Number, to phone.Number) (near, home []phone.Number) {
	country, area := phone.Area(to)
	if country == "" {
		return nil, nil
	}
	for _, n := range list {
		c, a := phone.Area(n)
		if c == country {
			home = append(home, n)
		}
		if c == country && a == area && area != "" {
			near = append(near, n)
		}
	}
	return near, home
}

func pick(list []phone.Number, key string) phone.Number {
	h := fnv.New64a()
	h.Write([]byte(key))
	return list[int(h.Sum64()%uint64(len(list)))]
}
