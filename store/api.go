package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"careline/campaigns"
	"careline/phone"
)

var errSoon = errors.New("not there yet")

// AddFlow keeps a flow's text and makes it the newest version of that name. It
// returns the flow's hash.
func (s *Store) AddFlow(ctx context.Context, name string, text []byte, now time.Time) (hash string, err error) {
	return "", errSoon
}

// ImportOptions say what else an import does.
type ImportOptions struct {
	DryRun bool           // count only
	Enrol  []campaigns.ID // campaigns over the list, draft, running or paused, that get the customers as contacts
	Now    time.Time
}

// Imported counts what became of the rows of an import.
type Imported struct {
	Added     int
	Updated   int
	Unchanged int
	Repeated  int // rows whose key came again later in the same import; the last one counts
	Shared    int // rows whose number another customer of the import has
	Enrolled  int // contacts that campaigns gained
}

// ImportCustomers adds customers to a list, or changes them by their keys, as a
// whole or not at all.
func (s *Store) ImportCustomers(
	ctx context.Context, list string, rows []campaigns.Customer, o ImportOptions,
) (Imported, error) {
	return Imported{}, errSoon
}

// Withdrawn counts what a withdrawal changed.
type Withdrawn struct {
	Customers int // taken off the list
	Contacts  int // that will not be called any more
}

// WithdrawFromList takes the numbers off a list and off all campaigns over it.
func (s *Store) WithdrawFromList(ctx context.Context, list string, numbers []phone.Number, now time.Time) (Withdrawn, error) {
	return Withdrawn{}, errSoon
}

// WithdrawFromCampaign takes the numbers off one campaign.
func (s *Store) WithdrawFromCampaign(ctx context.Context, id campaigns.ID, numbers []phone.Number) (Withdrawn, error) {
	return Withdrawn{}, errSoon
}

// CreateCampaign makes a draft of a definition whose flow and list are stored.
// The customers on the list become its contacts; it keeps the flow's newest
// version.
func (s *Store) CreateCampaign(ctx context.Context, d campaigns.Definition, now time.Time) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// Start begins a draft.
func (s *Store) Start(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// Pause stops new calls of a running campaign.
func (s *Store) Pause(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// Resume goes on with a paused campaign.
func (s *Store) Resume(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// Stop ends a campaign for good.
func (s *Store) Stop(ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// Campaign returns one campaign, or ErrNotFound.
func (s *Store) Campaign(ctx context.Context, id campaigns.ID) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// CampaignNamed returns the campaign of that name, or ErrNotFound.
func (s *Store) CampaignNamed(ctx context.Context, name string) (campaigns.Campaign, error) {
	return campaigns.Campaign{}, errSoon
}

// Campaigns returns all campaigns, oldest first.
func (s *Store) Campaigns(ctx context.Context) ([]campaigns.Campaign, error) { return nil, errSoon }

// Contacts goes through a campaign's contacts in the order of their ids.
func (s *Store) Contacts(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.Contact, error] {
	return nil
}

// Attempts goes through a campaign's ledger, oldest first.
func (s *Store) Attempts(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.Attempt, error] {
	return nil
}

// Answers goes through a campaign's answers as they are stored, call by call.
func (s *Store) Answers(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.Answer, error] {
	return nil
}

// Funnel counts a campaign from its contacts, attempts, calls and answers, all
// at one moment.
func (s *Store) Funnel(ctx context.Context, id campaigns.ID) (campaigns.Funnel, error) {
	return campaigns.Funnel{}, errSoon
}

// Why evaluates the contact policy for a contact as BeginAttempt would, as if
// it were claimed and its trunk permitted it.
func (s *Store) Why(
	ctx context.Context, id campaigns.ContactID, now time.Time,
) (campaigns.Inputs, campaigns.Verdict, error) {
	return campaigns.Inputs{}, campaigns.Verdict{}, errSoon
}

// StopAll holds every campaign on every node until LiftStop.
func (s *Store) StopAll(ctx context.Context, why string, now time.Time) error { return errSoon }

// LiftStop ends StopAll.
func (s *Store) LiftStop(ctx context.Context) error { return errSoon }
