package campaigns

// Mode is how calls are paced.
type Mode string

// The modes. All but the first need agents, who take the answered calls of the
// campaign's queue.
const (
	Agentless   Mode = "agentless"   // a flow is played; no agent has to be free
	Preview     Mode = "preview"     // an agent takes a contact, looks at it, and dials
	Progressive Mode = "progressive" // one call for each idle agent
	Power       Mode = "power"       // a fixed number of calls for each idle agent: see Definition.Ratio
	Predictive  Mode = "predictive"  // as many as keep the agents busy and the abandonment under its cap
)

// Modes lists them all.
func Modes() []Mode { return []Mode{Agentless, Preview, Progressive, Power, Predictive} }

// NeedsAgents tells whether a call is placed only where somebody may take it.
func (m Mode) NeedsAgents() bool { return m != Agentless && m != "" }

// Purpose is what a campaign's calls are for. The law asks more of some.
type Purpose string

// The purposes.
const (
	Informational Purpose = "informational" // nothing is sold: reminders, service, questions
	Marketing     Purpose = "marketing"     // something is offered
	Collection    Purpose = "collection"    // a debt is asked for
)

// Purposes lists them all.
func Purposes() []Purpose { return []Purpose{Informational, Marketing, Collection} }

// Machine is what becomes of a call that a machine answers.
type Machine string

// What may become of it.
const (
	MachineOff    Machine = "off"     // machines are not told from people
	MachineHangUp Machine = "hang_up" // the call ends
	MachineFlow   Machine = "flow"    // the flow is played to it, after its beep
)
