package sim

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/store"
)

// Setup is what is rehearsed.
type Setup struct {
	Start     time.Time
	Until     time.Time // when to leave off, done or not; zero: 14 days after Start
	Campaigns []Campaign
	Flows     []File
	Lists     []List
	DoNotCall []store.DoNotCall
	Trunks    []Trunk
	People    People                         // nil: DefaultPeople
	Staff     []Staff                        // who takes calls; nil: nobody
	Length    func(ivr.Prompt) time.Duration // how long it takes to say a prompt; nil: Spoken

	// CallerID is the number that a contact sees in a call by a trunk; nil: as
	// if the trunk owned them all.
	CallerID func(trunk string, c campaigns.Campaign, contact campaigns.Contact) phone.Number
	// Cap bounds a trunk's day; nil bounds nothing.
	Cap func(trunk string, n phone.Number, now time.Time) campaigns.Cap
}

// Campaign is a campaign that is created and started with the rehearsal.
type Campaign struct {
	campaigns.Definition
	ID campaigns.ID // it has; empty: one is made
}

// File is a file by its name.
type File struct {
	Name string
	Text []byte
}

// List is a contact list by its name.
type List struct {
	Name      string
	Customers []campaigns.Customer
}

// longest is how long a rehearsal goes on where its setup does not say.
const longest = 14 * 24 * time.Hour

func (s Setup) withDefaults() Setup {
	if s.Until.IsZero() {
		s.Until = s.Start.Add(longest)
	}
	if s.People == nil {
		s.People = DefaultPeople()
	}
	if s.Length == nil {
		s.Length = Spoken
	}
	if s.CallerID == nil {
		s.CallerID = func(_ string, c campaigns.Campaign, contact campaigns.Contact) phone.Number {
			return c.Shown(nil, contact.Number, contact.Key)
		}
	}
	if s.Cap == nil {
		s.Cap = func(string, phone.Number, time.Time) campaigns.Cap { return campaigns.Cap{} }
	}
	return s
}

// Options say how a rehearsal runs.
type Options struct {
	Seed  uint64
	Name  string           // of the database in memory, which no other rehearsal has at the time; empty: one is made
	Watch func(Event)      // is told what happens; may be nil
	Lease time.Duration    // how long a node may be silent; 0: for ever, nothing is renewed
	Step  func(called int) // is told, now and then, how many contacts were called; may be nil
}

func (o Options) withDefaults() Options {
	if o.Watch == nil {
		o.Watch = func(Event) {}
	}
	if o.Step == nil {
		o.Step = func(int) {}
	}
	o.Seed = cmp.Or(o.Seed, 1)
	return o
}

// errNothing is returned for a setup that has no campaign.
var errNothing = errors.New("there is no campaign to rehearse")

// ErrPreview is returned for a campaign in the mode preview.
var ErrPreview = errors.New("mode preview cannot be rehearsed: its agents choose whom to dial, and when")

// check refuses what cannot be rehearsed.
func (s Setup) check() error {
	if len(s.Campaigns) == 0 {
		return errNothing
	}
	for _, c := range s.Campaigns {
		if c.Mode == campaigns.Preview {
			return fmt.Errorf("campaign %s: %w", c.Name, ErrPreview)
		}
	}
	return nil
}
