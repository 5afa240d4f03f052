package ivr

// State is where one conversation stands. It is plain JSON of bounded size: a
// flow has a bounded number of nodes and results, visits of a node are capped,
// and only the attributes that the flow reads are kept.
type State struct {
	Flow    string            `json:"flow"`              // the flow's hash
	Node    string            `json:"node"`              // the node that waits for an event; empty before Answered
	Lang    string            `json:"lang"`              // the language being spoken
	Seed    uint64            `json:"seed,omitempty"`    // where chance comes from
	Tries   int               `json:"tries,omitempty"`   // how often the waiting node has asked
	Visits  map[string]int    `json:"visits,omitempty"`  // how often each node was entered
	Attrs   map[string]string `json:"attrs,omitempty"`   // what is known of the contact, as far as the flow reads it
	Results map[string]string `json:"results,omitempty"` // what was answered so far
	Queue   string            `json:"queue,omitempty"`   // where the caller was sent last to wait for an agent
	Over    bool              `json:"over,omitempty"`    // nothing will be asked any more
}

// Party is whom a conversation is with.
type Party struct {
	Seed       uint64
	Language   string            // the contact's; a flow that does not speak it uses its first
	Attributes map[string]string // the contact's, by the names that flows use after "contact."
}
