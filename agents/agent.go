package agents

import (
	"time"

	"careline/phone"
)

// Agent is a person who takes calls, as configured.
type Agent struct {
	Name      string   `yaml:"name" json:"name"`       // also the user name of the phone
	Display   string   `yaml:"display" json:"display"` // as callers' notes show it; empty is Name
	Team      string   `yaml:"team" json:"team"`
	Extension string   `yaml:"extension" json:"extension"` // what colleagues dial, beside Name; may be empty
	Queues    []string `yaml:"queues" json:"queues"`       // empty: every queue of the team

	// Number is called in place of a registered phone, by Trunk.
	Number phone.Number `yaml:"number" json:"number,omitempty"`
	Trunk  string       `yaml:"trunk" json:"trunk,omitempty"`

	AutoAnswer bool `yaml:"auto_answer" json:"auto_answer,omitempty"` // the phone is asked to answer by itself
}

// Outside tells whether the agent is called by a number, as there is no phone that
// registers.
func (a Agent) Outside() bool { return a.Number != "" }

// Queue is where callers wait.
type Queue struct {
	Name       string        `yaml:"name" json:"name"`
	Team       string        `yaml:"team" json:"team"`               // who serves it
	Extension  string        `yaml:"extension" json:"extension"`     // what agents dial to send a caller here, beside Name; may be empty
	MaxWaiting int           `yaml:"max_waiting" json:"max_waiting"` // 0 is 50
	RingTime   time.Duration `yaml:"ring_time" json:"ring_time"`     // an agent's phone rings so long before the next is tried; 0 is 15 s
	WrapUp     time.Duration `yaml:"wrap_up" json:"wrap_up"`         // after each call; 0 is 10 s
	Music      string        `yaml:"music" json:"music"`             // a clip's name
}

// Wish is what an agent asked for.
type Wish string

// The wishes of an agent.
const (
	Ready Wish = "ready"
	Break Wish = "break"
)

// Record is what is stored of an agent while at work.
type Record struct {
	Agent       string
	Wish        Wish      // Break until the first *1
	WrapUpUntil time.Time // zero: none
	Reserved    string    // the waiting caller's call id; empty: free
	ReservedAt  time.Time
	IdleSince   time.Time // for longest-idle-first
}

// Presence is the state of an agent.
type Presence string

// The states of an agent.
const (
	Offline  Presence = "offline" // no phone is registered, or it does not answer; never of who is called by a number
	OnBreak  Presence = "break"
	Idle     Presence = "idle"
	Reserved Presence = "reserved" // a call is ringing the phone
	Talking  Presence = "talking"
	WrapUp   Presence = "wrap_up"
)
