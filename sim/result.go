package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"careline/campaigns"
)

// Result is what came of one rehearsal.
type Result struct {
	Seed      uint64           `json:"seed"`
	EndedAt   time.Time        `json:"ended_at"` // when the last call ended
	Campaigns []CampaignResult `json:"campaigns"`
	Hours     []Hour           `json:"hours"`
	Held      map[string]int   `json:"held"` // attempts that the contact policy did not allow, by the rule
	Trunks    []TrunkResult    `json:"trunks"`
}

// CampaignResult is what came of one campaign.
type CampaignResult struct {
	Name         string                         `json:"name"`
	State        campaigns.State                `json:"state"`
	FinishedAt   time.Time                      `json:"finished_at,omitzero"`
	Submitted    int                            `json:"submitted"`
	Connected    int                            `json:"connected"`
	Completed    int                            `json:"completed"`
	Accepted     int                            `json:"accepted"`
	Attempts     int                            `json:"attempts"`
	Live         int                            `json:"live,omitempty"`      // calls that a person answered, where an agent shall come
	Abandoned    int                            `json:"abandoned,omitempty"` // of those, nobody came in time
	Left         int                            `json:"left"`                // contacts that were still to be called
	Contacts     map[campaigns.ContactState]int `json:"contacts"`
	Dispositions map[campaigns.Disposition]int  `json:"dispositions"`
	Answers      map[string]map[string]int      `json:"answers,omitempty"`
}

// TrunkResult is what a trunk carried.
type TrunkResult struct {
	Name       string  `json:"name"`
	Calls      int     `json:"calls"`
	MostAtOnce int     `json:"most_at_once"`
	Lines      int     `json:"max_calls"`
	Fastest    int     `json:"most_per_second"`
	PerSecond  float64 `json:"calls_per_second"`
	Refused    int     `json:"congestion"` // calls that the carrier did not take
}

// Result counts the rehearsal so far. Its figures add up, or it is an error.
func (w *World) Result() (Result, error) {
	t := w.tally
	r := Result{Seed: w.o.Seed, EndedAt: t.last, Hours: t.hours, Held: t.held}
	for _, c := range w.ours {
		f, err := w.Store().Funnel(w.ctx, c.ID)
		if err == nil {
			err = f.Check()
		}
		if err != nil {
			return Result{}, fmt.Errorf("count campaign %s: %w", c.Name, err)
		}
		now, err := w.Store().Campaign(w.ctx, c.ID)
		if err != nil {
			return Result{}, err
		}
		r.Campaigns = append(r.Campaigns, CampaignResult{
			Name: c.Name, State: now.State, FinishedAt: t.finished[c.ID], Submitted: f.Submitted, Connected: f.Connected,
			Completed: f.Completed, Accepted: f.Accepted, Attempts: f.Attempts, Live: t.live[c.ID], Abandoned: t.lost[c.ID],
			Left:     f.ByState[campaigns.Pending] + f.ByState[campaigns.Dialing],
			Contacts: f.ByState, Dispositions: f.ByDisposition, Answers: f.Answers,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(t.trunks)) {
		u, is := t.trunks[name], w.lines[name]
		r.Trunks = append(r.Trunks, TrunkResult{
			Name: name, Calls: u.calls, MostAtOnce: u.most, Lines: is.MaxCalls, Fastest: u.fastest, PerSecond: is.PerSecond, Refused: u.refused,
		})
	}
	return r, nil
}
