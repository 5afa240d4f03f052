package campaigns

import (
	"time"

	"careline/phone"
)

// ID identifies a campaign: a UUIDv7 made in Go.
type ID string

// State is what a campaign is doing.
type State string

// The states of a campaign.
const (
	Draft    State = "draft"    // created, never started
	Running  State = "running"  // contacts are called as the policy allows
	Paused   State = "paused"   // no new calls; those in progress run to their end
	Stopped  State = "stopped"  // ended by hand before its list was through
	Finished State = "finished" // no contact is left to call
)

// Definition is what a campaign manager writes down. The zero value of a field
// means the default named beside it.
type Definition struct {
	Name           string                          `yaml:"name" json:"name"`
	Flow           string                          `yaml:"flow" json:"flow"`                                 // a flow's name
	List           string                          `yaml:"list" json:"list"`                                 // the contact list
	Mode           Mode                            `yaml:"mode" json:"mode"`                                 // agentless
	Queue          string                          `yaml:"queue" json:"queue,omitempty"`                     // whose agents take the answered calls; needed by every mode but agentless
	Ratio          float64                         `yaml:"ratio" json:"ratio,omitempty"`                     // calls for each idle agent in power mode, 1..10; 1.5
	Priority       int                             `yaml:"priority" json:"priority,omitempty"`               // among campaigns that run at once; 1, the first to be served
	Share          int                             `yaml:"share" json:"share,omitempty"`                     // weight among those of one priority, 1..1000; 1
	Trunks         []string                        `yaml:"trunks" json:"trunks"`                             // in order of preference; at least one
	Shares         map[string]Share                `yaml:"-" json:"shares,omitempty"`                        // by trunk, where the file gives priorities and weights; nil: each trunk takes over from the one before it
	CallerID       phone.Number                    `yaml:"caller_id" json:"caller_id"`                       // the number shown
	CallerIDs      []phone.Number                  `yaml:"caller_ids" json:"caller_ids,omitempty"`           // others to be shown where they are nearer to the callee; may be empty
	MaxCalls       int                             `yaml:"max_calls" json:"max_calls"`                       // at once; 0 leaves it to the trunk
	RingTimeout    time.Duration                   `yaml:"ring_timeout" json:"ring_timeout"`                 // 30 s; at least 15 s unless the trunk is a test trunk
	Hours          phone.Hours                     `yaml:"hours" json:"hours"`                               // at the contact's place; empty is any time
	Holidays       []string                        `yaml:"holidays" json:"holidays,omitempty"`               // calendars of days on which nobody is called, as cn; those of the packs; [none] is none
	Zone           string                          `yaml:"zone" json:"zone,omitempty"`                       // IANA name of where a number may be that tells no place; the caller id's, else UTC
	Retry          map[Disposition][]time.Duration `yaml:"retry" json:"retry"`                               // delay before the 2nd, 3rd, ... attempt; MetMachine is a key as well
	NextNumber     []Disposition                   `yaml:"next_number" json:"next_number,omitempty"`         // after which another number of the customer is tried next
	MaxAttempts    int                             `yaml:"max_attempts" json:"max_attempts"`                 // 3
	PerDay         int                             `yaml:"per_day" json:"per_day"`                           // attempts to one customer in 24 h, over all campaigns and all numbers of the customer; 0 is no cap
	PerWeek        int                             `yaml:"per_week" json:"per_week,omitempty"`               // the same in 7 days
	Per5Min        int                             `yaml:"per_5min" json:"per_5min,omitempty"`               // the same in 5 minutes
	HoldOut        float64                         `yaml:"hold_out" json:"hold_out"`                         // share, 0..1, of contacts never called, for comparison
	Complete       []string                        `yaml:"complete" json:"complete"`                         // results that make an interview complete
	Success        map[string][]string             `yaml:"success" json:"success"`                           // result: values that mean yes; all named results must match
	Purpose        Purpose                         `yaml:"purpose" json:"purpose,omitempty"`                 // informational
	Rules          []string                        `yaml:"rules" json:"rules,omitempty"`                     // packs of rules, as us; that of the caller id's country; [none] is none, and so is nil in definitions stored before there were packs
	RequireConsent bool                            `yaml:"require_consent" json:"require_consent,omitempty"` // nobody is called whose consent is not on record, whatever the packs ask
	Machine        Machine                         `yaml:"machine" json:"machine,omitempty"`                 // off
	Abandon        AbandonLimit                    `yaml:"abandon" json:"abandon,omitzero"`                  // stricter than the packs
	Expires        time.Time                       `yaml:"expires" json:"expires,omitzero"`                  // nothing is begun at this time or later; zero: never
}

// Campaign is a definition at work.
type Campaign struct {
	ID ID
	Definition
	FlowHash  string // the flow version that it started with, and keeps
	State     State
	CreatedAt time.Time
	StartedAt time.Time // zero before the first start
	EndedAt   time.Time // zero until stopped or finished
}
