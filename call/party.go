package call

import (
	"hash/fnv"
	"maps"

	"careline/ivr"
)

// party is the far end of a call as a flow knows it. The customer's own columns
// go by their headers; the named fields by their names.
func party(i Info) ivr.Party {
	c := i.Customer
	attrs := maps.Clone(c.Attributes)
	if attrs == nil {
		attrs = make(map[string]string)
	}
	for name, value := range map[string]string{
		"key": c.Key, "number": string(c.Number), "name": c.Name,
		"segment": c.Segment, "manager": c.Manager, "language": c.Language,
	} {
		if value != "" {
			attrs[name] = value
		}
	}
	return ivr.Party{Seed: seed(i.ID), Language: c.Language, Attributes: attrs}
}

// seed makes chance within a call repeatable from the call's id.
func seed(callID string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(callID))
	return h.Sum64()
}
