package campaigns

// Funnel is a campaign in figures. It adds up: Check says whether it does.
type Funnel struct {
	Submitted int // contacts on the list
	Connected int // contacts that answered at least once
	Completed int // of those, whose interview is complete
	Accepted  int // of those, whose results mean yes
	Attempts  int // rows of the ledger
	Open      int // of those, the ones that have not ended

	ByState       map[ContactState]int      // sums to Submitted
	ByDisposition map[Disposition]int       // with Open sums to Attempts
	Answers       map[string]map[string]int // contacts by result and value
}
