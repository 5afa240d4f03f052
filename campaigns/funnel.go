package campaigns

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Funnel is a campaign in figures. It adds up: Check says whether it does.
type Funnel struct {
	Submitted int // contacts on the list
	Connected int // contacts that were reached at least once: a person answered, or what a machine was left is a complete interview
	Completed int // of those, whose interview is complete
	Accepted  int // of those, whose results mean yes
	Attempts  int // rows of the ledger
	Open      int // of those, the ones that have not ended

	ByState       map[ContactState]int      // sums to Submitted
	ByDisposition map[Disposition]int       // with Open sums to Attempts
	Answers       map[string]map[string]int // contacts by result and value
}

// NewFunnel returns an empty funnel, to which contacts and attempts are added.
func NewFunnel() *Funnel {
	return &Funnel{
		ByState:       map[ContactState]int{},
		ByDisposition: map[Disposition]int{},
		Answers:       map[string]map[string]int{},
	}
}

// AddContact counts one contact: whether a person was ever reached, and the latest
// value recorded of each result. What was recorded of machines alone is none,
// unless it is a complete interview.
func (f *Funnel) AddContact(d Definition, s ContactState, reached bool, results map[string]string) {
	f.Submitted++
	f.ByState[s]++
	if !reached && !d.isCompleteAlone(results) {
		return
	}
	f.Connected++
	if d.IsComplete(results) {
		f.Completed++
	}
	if d.IsSuccess(results) {
		f.Accepted++
	}
	for name, value := range results {
		if f.Answers[name] == nil {
			f.Answers[name] = map[string]int{}
		}
		f.Answers[name][value]++
	}
}

// AddAttempts counts n attempts that ended as d, or have not ended where d is
// empty.
func (f *Funnel) AddAttempts(d Disposition, n int) {
	f.Attempts += n
	if d == "" {
		f.Open += n
		return
	}
	f.ByDisposition[d] += n
}

// ConnectedShare is the share, 0..1, of submitted contacts that were reached.
func (f *Funnel) ConnectedShare() float64 { return share(f.Connected, f.Submitted) }

// CompletedShare is the share, 0..1, of reached contacts whose interview is
// complete.
func (f *Funnel) CompletedShare() float64 { return share(f.Completed, f.Connected) }

// AcceptedShare is the share, 0..1, of complete interviews that mean yes.
func (f *Funnel) AcceptedShare() float64 { return share(f.Accepted, f.Completed) }

// share is 0 where there is nothing to have a share of.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Check returns an error that names every figure which does not add up.
func (f *Funnel) Check() error {
	return errors.Join(
		equal("contacts by state", sum(f.ByState), "submitted", f.Submitted),
		equal("attempts by disposition and open", sum(f.ByDisposition)+f.Open, "attempts", f.Attempts),
		within("connected", f.Connected, "submitted", f.Submitted),
		within("completed", f.Completed, "connected", f.Connected),
		within("accepted", f.Accepted, "completed", f.Completed),
		within("contacts that were called and reached", f.ByState[Completed]+f.ByState[Partial], "connected", f.Connected),
		f.checkAnswers(),
	)
}

func (f *Funnel) checkAnswers() error {
	errs := make([]error, 0, len(f.Answers))
	for _, name := range slices.Sorted(maps.Keys(f.Answers)) {
		errs = append(errs, within("contacts with an answer to "+name, sum(f.Answers[name]), "connected", f.Connected))
	}
	return errors.Join(errs...)
}

func sum[K comparable](counts map[K]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

func equal(what string, n int, than string, want int) error {
	if n == want {
		return nil
	}
	return fmt.Errorf("%s: %d, but %s: %d", what, n, than, want)
}

func within(what string, n int, than string, most int) error {
	if 0 <= n && n <= most {
		return nil
	}
	return fmt.Errorf("%s: %d, but %s: %d", what, n, than, most)
}
