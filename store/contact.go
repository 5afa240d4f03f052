package store

import (
	"context"
	"fmt"
	"iter"

	"careline/campaigns"
	"careline/phone"
)

// customerRow is a customer as the tables hold it, without its list.
type customerRow struct {
	Key        string                 `db:"key"`
	Number     phone.Number           `db:"number"`
	Others     doc[[]phone.Number]    `db:"others"`
	Name       string                 `db:"name"`
	Language   string                 `db:"language"`
	Segment    string                 `db:"segment"`
	Manager    string                 `db:"manager"`
	Zone       string                 `db:"zone"`
	Attributes doc[map[string]string] `db:"attributes"`

	Consent   string  `db:"consent"`
	Evidence  string  `db:"consent_evidence"`
	ConsentAt instant `db:"consent_at"`
	Expires   instant `db:"expires"`
}

func (r customerRow) customer() campaigns.Customer {
	c := campaigns.Customer{
		Key: r.Key, Number: r.Number, Name: r.Name, Language: r.Language,
		Segment: r.Segment, Manager: r.Manager, Zone: r.Zone, Attributes: r.Attributes.v,
		Consent: r.Consent, ConsentEvidence: r.Evidence, ConsentAt: r.ConsentAt.Time, Expires: r.Expires.Time,
	}
	if len(r.Others.v) > 0 {
		c.Others = r.Others.v
	}
	return c
}

// customerColumns are those of a customerRow u, with its list's name left out.
const customerColumns = `u.key, u.number, u.others, u.name, u.language, u.segment, u.manager, u.zone, u.attributes,
	u.consent, u.consent_evidence, u.consent_at, u.expires`

// contactRow is a contact with its customer, and who has it.
type contactRow struct {
	ID       campaigns.ContactID    `db:"id"`
	Campaign campaigns.ID           `db:"campaign"`
	Next     phone.Number           `db:"next"` // the number to call
	State    campaigns.ContactState `db:"state"`
	Due      instant                `db:"due"`
	Attempts int                    `db:"attempts"`
	Faults   int                    `db:"faults"`
	Ordinal  int                    `db:"ordinal"`
	Last     campaigns.Disposition  `db:"last"`

	ClaimedBy string                 `db:"claimed_by"`
	Holder    string                 `db:"holder"`
	Prior     campaigns.ContactState `db:"prior"`
	Callback  string                 `db:"callback"`
	Leaving   campaigns.ContactState `db:"leaving"`

	Definition string `db:"definition"` // of its campaign; empty where that was not read

	customerRow
}

func (r contactRow) contact() campaigns.Contact {
	return campaigns.Contact{
		ID: r.ID, Campaign: r.Campaign, Customer: r.customer(), Number: r.Next, State: r.State,
		Attempts: r.Attempts, Faults: r.Faults, Due: r.Due.Time, Last: r.Last,
	}
}

// heldContact reads what changes a contact.
const heldContact = `
SELECT c.id, c.campaign, c.number AS next, c.state, c.due, c.attempts, c.faults, c.ordinal, c.last,
	c.claimed_by, c.holder, c.prior, c.callback, c.leaving, ` + customerColumns + `, p.definition
FROM contacts c JOIN customers u ON u.list = c.list AND u.key = c.key JOIN campaigns p ON p.id = c.campaign
WHERE c.id = $1`

// contactColumns reads a contactRow; a condition on c follows it.
const contactColumns = `
SELECT c.id, c.campaign, c.number AS next, c.state, c.due, c.attempts, c.faults, c.ordinal, c.last,
	c.claimed_by, c.holder, c.prior, c.callback, c.leaving, ` + customerColumns + `
FROM contacts c JOIN customers u ON u.list = c.list AND u.key = c.key
`

// holdContact reads a contact and holds it until the transaction ends.
func (s *Store) holdContact(ctx context.Context, tx *txn, id campaigns.ContactID) (contactRow, error) {
	var row contactRow
	err := tx.GetContext(ctx, &row, heldContact+s.d.holding(`c`), id)
	return row, found(err, "find contact %s", id)
}

// Contact returns one contact, or ErrNotFound.
func (s *Store) Contact(ctx context.Context, id campaigns.ContactID) (campaigns.Contact, error) {
	var row contactRow
	err := s.read.GetContext(ctx, &row, contactColumns+`WHERE c.id = $1`, id)
	return row.contact(), found(err, "find contact %s", id)
}

const contactsOf = contactColumns + `WHERE c.campaign = $1 AND c.number = $2 ORDER BY c.id`

// ContactsByNumber returns a campaign's contacts with that number.
func (s *Store) ContactsByNumber(ctx context.Context, id campaigns.ID, n phone.Number) ([]campaigns.Contact, error) {
	var rows []contactRow
	if err := s.read.SelectContext(ctx, &rows, contactsOf, id, n); err != nil {
		return nil, fmt.Errorf("find contacts of campaign %s: %w", id, err)
	}
	return convert(rows, contactRow.contact), nil
}

const contactsAfter = contactColumns + `WHERE c.campaign = $1 AND c.key > $2 ORDER BY c.key LIMIT $3`

// Contacts goes through a campaign's contacts in the order of their keys.
func (s *Store) Contacts(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.Contact, error] {
	return pages(func(after *contactRow) ([]contactRow, error) {
		var rows []contactRow
		err := s.read.SelectContext(ctx, &rows, contactsAfter, id, after.Key, pageSize)
		if err != nil {
			return nil, fmt.Errorf("list contacts of campaign %s: %w", id, err)
		}
		return rows, nil
	}, contactRow.contact)
}
