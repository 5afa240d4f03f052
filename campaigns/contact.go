package campaigns

import (
	"slices"
	"time"

	"careline/phone"
)

// Customer is one row of a contact list.
type Customer struct {
	Key        string         // the company's own id; the number where the list has none
	Number     phone.Number   // the first to be called
	Others     []phone.Number `json:",omitempty"` // further ones of the customer, in the order in which they are tried
	Name       string
	Language   string // zh, en; empty is the flow's first
	Segment    string
	Manager    string            // the name of the customer's own agent
	Zone       string            // IANA time zone; it and the number's must both permit a call
	Attributes map[string]string // every other column, by its header

	Consent         string    `json:",omitempty"` // what the customer has consented to, as the list words it; empty: it does not say
	ConsentEvidence string    `json:",omitempty"` // where that is written down
	ConsentAt       time.Time `json:",omitzero"`  // zero: the list does not say
	Expires         time.Time `json:",omitzero"`  // nothing is called after it; zero: it may be at any time
}

// Numbers are all numbers of the customer, in the order in which they are tried.
func (c Customer) Numbers() []phone.Number {
	return append([]phone.Number{c.Number}, c.Others...)
}

// By returns the customer as a call by that number knows them: it is the first,
// and the others are the rest.
func (c Customer) By(n phone.Number) Customer {
	rest := slices.DeleteFunc(c.Numbers(), func(other phone.Number) bool { return other == n })
	if len(rest) <= len(c.Others) {
		c.Others = rest
	}
	if c.Number = n; len(c.Others) == 0 {
		c.Others = nil
	}
	return c
}

// ContactID identifies a customer within a campaign: a UUIDv7.
type ContactID string

// ContactState is what became of a contact. A campaign's contacts are the sum
// of these.
type ContactState string

// The states of a contact.
const (
	Pending    ContactState = "pending"    // to be called when due
	Dialing    ContactState = "dialing"    // an attempt, or the contact's own call back, is in progress
	Completed  ContactState = "completed"  // the interview is complete
	Partial    ContactState = "partial"    // reached, but left before it was complete
	Exhausted  ContactState = "exhausted"  // not reached, and no attempt left
	Invalid    ContactState = "invalid"    // the number does not exist
	Suppressed ContactState = "suppressed" // asked not to be called
	Withdrawn  ContactState = "withdrawn"  // taken off the list by hand
	HeldOut    ContactState = "held_out"   // never called, for comparison
	Unknown    ContactState = "unknown"    // an attempt's outcome is not known; a person decides
	Expired    ContactState = "expired"    // the time in which it might be called is over
	Unasked    ContactState = "no_consent" // nothing on record permits a call that needs consent
)

// Final tells whether nothing more will happen to the contact by itself.
func (s ContactState) Final() bool { return s != Pending && s != Dialing }

// Contact is one customer in one campaign.
type Contact struct {
	ID       ContactID
	Campaign ID
	Customer
	Number   phone.Number // the one of the customer's numbers that is called next
	State    ContactState
	Attempts int         // made so far, as far as they count: see Disposition.Counts
	Faults   int         // those that do not count; 0 again after one that does
	Due      time.Time   // earliest next attempt, while pending
	Last     Disposition // of the latest attempt; empty before the first

	Tried map[phone.Number]Tried // what became of attempts on the contact, by number; nil where it has but one
}

// Tried is what became of the attempts on one number of a contact.
type Tried struct {
	Attempts int  // as far as they count
	Bad      bool // the number does not exist
}

// Zones are the time zones in which the customer may be: the one on the list
// and those of the number's place, or, where the list has none, all that the
// number may stand for. All of them must permit a call.
func (c Customer) Zones() []string {
	if c.Zone == "" {
		return phone.Zones(c.Number)
	}
	zones := phone.NearZones(c.Number)
	if slices.Contains(zones, c.Zone) {
		return zones
	}
	return append(zones[:len(zones):len(zones)], c.Zone)
}

// Zones are the time zones in which the customer may be who is called by the
// number that is next.
func (c Contact) Zones() []string {
	return c.By(c.Number).Zones()
}

// Residential tells whether the list says that the customer's line is a home's
// own, not a mobile: an attribute line with the value residential. No number
// tells it where numbers may be carried from one to the other.
func (c Customer) Residential() bool { return c.Attributes["line"] == "residential" }
