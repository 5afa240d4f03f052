package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
)

// transition is a way from one state of a campaign to another.
type transition struct {
	verb string
	from []campaigns.State
	to   campaigns.State
}

var (
	start  = transition{"start", []campaigns.State{campaigns.Draft}, campaigns.Running}
	halt   = transition{"pause", []campaigns.State{campaigns.Running}, campaigns.Paused}
	resume = transition{"resume", []campaigns.State{campaigns.Paused}, campaigns.Running}
	stop   = transition{"stop", []campaigns.State{campaigns.Draft, campaigns.Running, campaigns.Paused}, campaigns.Stopped}
)

// TransitionError is returned for a change of a campaign's state that its
// present state does not permit.
type TransitionError struct {
	Verb    string
	State   campaigns.State
	Allowed []string // what can be done with the campaign now
}

// Error says what can be done instead.
func (e *TransitionError) Error() string {
	if len(e.Allowed) == 0 {
		return fmt.Sprintf("a campaign that is %s stays so: create a new one", e.State)
	}
	return fmt.Sprintf("cannot %s a campaign that is %s; it can be changed by: %s", e.Verb, e.State, strings.Join(e.Allowed, ", "))
}

// Is lets callers ask for ErrNotAllowed.
func (e *TransitionError) Is(target error) bool { return target == ErrNotAllowed }

func (t transition) check(state campaigns.State) error {
	if slices.Contains(t.from, state) {
		return nil
	}
	e := &TransitionError{Verb: t.verb, State: state}
	for _, other := range []transition{start, halt, resume, stop} {
		if slices.Contains(other.from, state) {
			e.Allowed = append(e.Allowed, other.verb)
		}
	}
	return e
}

// Start begins a draft.
func (s *Store) Start(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return s.change(ctx, id, start, now)
}

// Pause stops new calls of a running campaign; those in progress run to their
// end.
func (s *Store) Pause(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return s.change(ctx, id, halt, now)
}

// Resume goes on with a paused campaign.
func (s *Store) Resume(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return s.change(ctx, id, resume, now)
}

// Stop ends a campaign for good; calls in progress run to their end.
func (s *Store) Stop(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return s.change(ctx, id, stop, now)
}

const updateCampaign = `
UPDATE campaigns SET state = :state, started_at = :started_at, ended_at = :ended_at WHERE id = :id`

func (s *Store) change(ctx context.Context, id campaigns.ID, t transition, now time.Time) (campaigns.Campaign, error) {
	var row campaignRow
	err := s.command(ctx, func(tx *txn) (err error) {
		if row, err = s.holdCampaign(ctx, tx, id); err != nil {
			return err
		}
		if err = t.check(row.State); err != nil {
			return err
		}
		row.State = t.to
		if t.to == campaigns.Running && row.StartedAt.IsZero() {
			row.StartedAt = at(now)
		}
		if t.to == campaigns.Stopped {
			row.EndedAt = at(now)
		}
		_, err = tx.NamedExecContext(ctx, updateCampaign, row)
		return err
	})
	if err != nil {
		return campaigns.Campaign{}, fmt.Errorf("%s campaign %s: %w", t.verb, id, err)
	}
	return row.campaign(), nil
}

// finishCampaign looks for contacts that wait, for those that some node has, and
// for those that an import brings.
const finishCampaign = `
UPDATE campaigns SET state = 'finished', ended_at = $2
WHERE id = $1 AND state = 'running'
	AND NOT EXISTS (SELECT 1 FROM contacts WHERE campaign = $1 AND state = 'pending' AND claimed_by = '')
	AND NOT EXISTS (SELECT 1 FROM contacts WHERE campaign = $1 AND claimed_by <> '')
	AND NOT EXISTS (SELECT 1 FROM imports WHERE decided = 1 AND enrol LIKE '%' || $1 || '%')`

// Finish ends a running campaign that has no contact left to call; it reports
// false when there is one after all.
func (s *Store) Finish(ctx context.Context, id campaigns.ID, now time.Time) (bool, error) {
	var finished bool
	err := s.tx(ctx, func(tx *txn) error {
		// An import that adds contacts holds the campaign as well, before it ends.
		if _, err := s.holdCampaign(ctx, tx, id); err != nil {
			return err
		}
		n, err := exec(ctx, tx, finishCampaign, id, ms(now))
		finished = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("finish campaign %s: %w", id, err)
	}
	return finished, nil
}
