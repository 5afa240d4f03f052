package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

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
	Shared    int // rows whose number an earlier row of the import has under another key
	Enrolled  int // contacts that campaigns gained
}

// errDryRun rolls an import back that was to count only.
var errDryRun = errors.New("dry run")

// ImportCustomers adds customers to a list, or changes them by their keys, as a
// whole or not at all. A customer who was withdrawn from the list is on it
// again. Contacts that wait to be called follow a changed number.
func (s *Store) ImportCustomers(
	ctx context.Context, list string, rows []campaigns.Customer, o ImportOptions,
) (Imported, error) {
	var im importing
	err := s.command(ctx, func(tx *sqlx.Tx) error {
		im = importing{s: s, tx: tx, list: list, o: o}
		if err := im.run(ctx, rows); err != nil {
			return err
		}
		if o.DryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return Imported{}, fmt.Errorf("import into list %s: %w", list, err)
	}
	return im.done, nil
}

// importing is one import under way.
type importing struct {
	s    *Store
	tx   *sqlx.Tx
	list string
	o    ImportOptions
	done Imported
}

func (im *importing) run(ctx context.Context, rows []campaigns.Customer) error {
	if _, err := im.tx.ExecContext(ctx, touchList, im.list, ms(im.o.Now)); err != nil {
		return fmt.Errorf("create the list: %w", err)
	}
	enrol, err := im.s.enrolments(ctx, im.tx, im.list, im.o)
	if err != nil {
		return err
	}
	rows = im.distinct(rows)
	for len(rows) > 0 {
		n := min(im.s.d.batch, len(rows))
		if err := im.batch(ctx, rows[:n]); err != nil {
			return err
		}
		for _, e := range enrol {
			added, err := e.enrol(ctx, im.tx, rows[:n])
			if err != nil {
				return err
			}
			im.done.Enrolled += added
		}
		rows = rows[n:]
	}
	return nil
}

const touchList = `
INSERT INTO lists (name, created_at, updated_at) VALUES ($1, $2, $2)
ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at`

// distinct leaves the last row of each key, in the order of the first.
func (im *importing) distinct(rows []campaigns.Customer) []campaigns.Customer {
	place := make(map[string]int, len(rows))
	keys := make(map[phone.Number]string, len(rows))
	kept := make([]campaigns.Customer, 0, len(rows))
	for _, c := range rows {
		c = tidy(c)
		if at, again := place[c.Key]; again {
			im.done.Repeated++
			kept[at] = c
			continue
		}
		if key, shared := keys[c.Number]; shared && key != c.Key {
			im.done.Shared++
		} else {
			keys[c.Number] = c.Key
		}
		place[c.Key] = len(kept)
		kept = append(kept, c)
	}
	return kept
}

// tidy makes a customer fit for the tables.
func tidy(c campaigns.Customer) campaigns.Customer {
	for _, field := range []*string{&c.Key, &c.Name, &c.Language, &c.Segment, &c.Manager, &c.Zone} {
		*field = clean(*field)
	}
	for _, field := range []*string{&c.Consent, &c.ConsentEvidence} {
		*field = clean(*field)
	}
	c.Number = phone.Number(clean(string(c.Number)))
	if c.Key == "" {
		c.Key = string(c.Number)
	}
	c.Others = tidyOthers(c)
	c.ConsentAt, c.Expires = c.ConsentAt.Truncate(time.Millisecond), c.Expires.Truncate(time.Millisecond)
	return c
}

// tidyOthers leaves each further number once.
func tidyOthers(c campaigns.Customer) []phone.Number {
	var kept []phone.Number
	for _, n := range c.Others {
		if n = phone.Number(clean(string(n))); n != "" && n != c.Number && !slices.Contains(kept, n) {
			kept = append(kept, n)
		}
	}
	return kept
}

// storedCustomer is a row of the customers table.
type storedCustomer struct {
	List      string  `db:"list"`
	UpdatedAt instant `db:"updated_at"`
	Withdrawn instant `db:"withdrawn_at"`
	customerRow
}

const (
	customersByKey = `SELECT * FROM customers WHERE list = ? AND key IN (?)`
	upsertCustomer = `
INSERT INTO customers (list, key, number, others, name, language, segment, manager, zone, attributes,
	consent, consent_evidence, consent_at, expires, updated_at, withdrawn_at)
VALUES (:list, :key, :number, :others, :name, :language, :segment, :manager, :zone, :attributes,
	:consent, :consent_evidence, :consent_at, :expires, :updated_at, :withdrawn_at)
ON CONFLICT (list, key) DO UPDATE SET number = excluded.number, others = excluded.others, name = excluded.name,
	language = excluded.language, segment = excluded.segment, manager = excluded.manager, zone = excluded.zone,
	attributes = excluded.attributes, consent = excluded.consent, consent_evidence = excluded.consent_evidence,
	consent_at = excluded.consent_at, expires = excluded.expires, updated_at = excluded.updated_at, withdrawn_at = 0`
	deleteOthers = `DELETE FROM other_numbers WHERE list = $1 AND key = $2`
	insertOthers = `INSERT INTO other_numbers (list, key, number) VALUES (:list, :key, :number)`
)

// batch writes those of some rows that are new or different.
func (im *importing) batch(ctx context.Context, rows []campaigns.Customer) error {
	known, err := im.known(ctx, rows)
	if err != nil {
		return err
	}
	var changed []storedCustomer
	var renumbered []campaigns.Customer
	for _, c := range rows {
		was, there := known[c.Key]
		switch {
		case !there:
			im.done.Added++
		case was.same(c):
			im.done.Unchanged++
			continue
		default:
			im.done.Updated++
		}
		changed = append(changed, im.stored(c))
		if there && !slices.Equal(was.customer().Numbers(), c.Numbers()) {
			renumbered = append(renumbered, c)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if _, err := im.tx.NamedExecContext(ctx, upsertCustomer, changed); err != nil {
		return fmt.Errorf("write customers: %w", err)
	}
	for _, c := range renumbered {
		if _, err := im.tx.ExecContext(ctx, deleteOthers, im.list, c.Key); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	if err := im.others(ctx, changed); err != nil {
		return err
	}
	for _, c := range renumbered {
		if err := im.renumber(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (im *importing) stored(c campaigns.Customer) storedCustomer {
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	return storedCustomer{List: im.list, UpdatedAt: at(im.o.Now), customerRow: customerRow{
		Key: c.Key, Number: c.Number, Name: c.Name, Language: c.Language,
		Segment: c.Segment, Manager: c.Manager, Zone: c.Zone, Attributes: as(c.Attributes),
		Others: as(append([]phone.Number{}, c.Others...)), Consent: c.Consent, Evidence: c.ConsentEvidence,
		ConsentAt: at(c.ConsentAt), Expires: at(c.Expires),
	}}
}

// others writes further numbers where they can be searched.
func (im *importing) others(ctx context.Context, changed []storedCustomer) error {
	type otherNumber struct {
		List   string       `db:"list"`
		Key    string       `db:"key"`
		Number phone.Number `db:"number"`
	}
	var rows []otherNumber
	for _, c := range changed {
		for _, n := range c.Others.v {
			rows = append(rows, otherNumber{c.List, c.Key, n})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := im.tx.NamedExecContext(ctx, insertOthers+` ON CONFLICT DO NOTHING`, rows); err != nil {
		return fmt.Errorf("write further numbers: %w", err)
	}
	return nil
}

// known reads the customers that are on the list already.
func (im *importing) known(ctx context.Context, rows []campaigns.Customer) (map[string]storedCustomer, error) {
	keys := convert(rows, func(c campaigns.Customer) string { return c.Key })
	query, args, err := sqlx.In(customersByKey, im.list, keys)
	if err != nil {
		return nil, err
	}
	var stored []storedCustomer
	if err := im.tx.SelectContext(ctx, &stored, im.tx.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	known := make(map[string]storedCustomer, len(stored))
	for _, c := range stored {
		known[c.Key] = c
	}
	return known, nil
}

// same tells whether an import changes nothing of a customer.
func (r storedCustomer) same(c campaigns.Customer) bool {
	was := r.customer()
	return r.Withdrawn.IsZero() && slices.Equal(was.Numbers(), c.Numbers()) && was.Name == c.Name && was.Language == c.Language &&
		was.Segment == c.Segment && was.Manager == c.Manager && was.Zone == c.Zone &&
		was.Consent == c.Consent && was.ConsentEvidence == c.ConsentEvidence && was.ConsentAt.Equal(c.ConsentAt) &&
		was.Expires.Equal(c.Expires) && maps.Equal(was.Attributes, c.Attributes)
}

const renumberContacts = `
UPDATE contacts SET number = $3
WHERE campaign IN (SELECT id FROM campaigns WHERE list = $1) AND key = $2 AND state = 'pending'
	AND NOT EXISTS (SELECT 1 FROM customer_numbers n WHERE n.list = $1 AND n.key = $2 AND n.number = contacts.number)`

// renumber lets contacts that wait to be called follow a changed number. One that
// waits for a number which the customer still has keeps it.
func (im *importing) renumber(ctx context.Context, c campaigns.Customer) error {
	if _, err := im.tx.ExecContext(ctx, renumberContacts, im.list, c.Key, c.Number); err != nil {
		return fmt.Errorf("renumber contacts: %w", err)
	}
	return nil
}
