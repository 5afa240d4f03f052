package campaigns

import "time"

// Standing is what a node does for a running campaign, and why it does no more.
type Standing struct {
	Campaign ID        `json:"campaign"`
	Node     string    `json:"node"`
	At       time.Time `json:"at"`
	Mode     Mode      `json:"mode"`

	Reasons []Reason `json:"reasons,omitempty"` // why little or nothing is dialed, the weightiest first; none: nothing stands in the way

	Why string `json:"why,omitempty"` // the node may not dial at all

	Calls   int       `json:"calls"`             // in progress
	Claimed int       `json:"claimed"`           // contacts at hand and not dialed yet
	Due     time.Time `json:"due,omitzero"`      // when the list is looked at again
	Held    string    `json:"held,omitempty"`    // the rule of the contact policy that the latest contact looked at did not pass
	Until   time.Time `json:"until,omitzero"`    // and until when
	Agents  *Staffing `json:"agents,omitempty"`  // nil where none are needed
	Abandon []Bound   `json:"abandon,omitempty"` // the shares of abandoned calls, by rule
	Trunks  []Carrier `json:"trunks,omitempty"`  // the campaign's, in order
}

// Staffing is the agents that take a campaign's calls, and the calls on their way
// to them.
type Staffing struct {
	Queue   string `json:"queue"`
	Staffed int    `json:"staffed"` // at work, and not on break
	Idle    int    `json:"idle"`
	WrapUp  int    `json:"wrap_up"`
	Ringing int    `json:"ringing"` // calls placed for the queue and not answered
	Waiting int    `json:"waiting"` // answered, and not taken by an agent yet
	More    int    `json:"more"`    // calls that may be placed now
}

// Bound is how near a campaign has come to a cap on abandoned calls.
type Bound struct {
	Rule  string  `json:"rule"`
	Rate  float64 `json:"rate"` // share, 0..1, within the rule's window
	Cap   float64 `json:"cap"`
	Tally Tally   `json:"tally"`
}

// Carrier is how one of a campaign's trunks stands on the node.
type Carrier struct {
	Name     string    `json:"name"`
	Up       bool      `json:"up"`
	Calls    int       `json:"calls"` // of all campaigns
	MaxCalls int       `json:"max_calls"`
	Rate     float64   `json:"rate"` // calls a second, as its carrier lets it
	Of       float64   `json:"of"`   // calls a second, as configured
	Rests    time.Time `json:"rests_until,omitzero"`
}

// Reason is why a campaign is dialed little or not at all.
type Reason string

// The reasons.
const (
	Suspended      Reason = "suspended"       // the node may not dial: its status says why
	NoTrunk        Reason = "no_trunk"        // none of its trunks is up and has lines
	NoAgents       Reason = "no_agents"       // nobody is at work who takes its calls
	AgentsAsk      Reason = "agents_ask"      // a preview: each call waits for an agent to ask for it
	AgentsBusy     Reason = "agents_busy"     // nobody is idle, or is expected to be in time
	AgentsServed   Reason = "agents_served"   // there are calls on their way for all who are idle
	Governed       Reason = "abandon_cap"     // so many calls were abandoned that there is but one for each idle agent
	CampaignFull   Reason = "campaign_full"   // it has its max_calls
	TrunksFull     Reason = "trunks_full"     // no trunk of it has a line free
	TrunksShared   Reason = "trunks_shared"   // other campaigns come first, or their agents' lines are kept
	PushedBack     Reason = "pushback"        // a carrier takes fewer calls than configured
	ListHeld       Reason = "list_held"       // the contact policy holds who is due: see Held
	ListWaits      Reason = "list_waits"      // nobody is due before Due
	ListBeingRead  Reason = "list_being_read" // contacts are being claimed
	ListUnreadable Reason = "list_unreadable" // contacts could not be claimed; it is tried again
)
