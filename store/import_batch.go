package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

const touchList = `
INSERT INTO lists (name, created_at, updated_at) VALUES ($1, $2, $2)
ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at`

// distinct leaves the last row of each key, in the order of the first, and counts
// the others, and the numbers that two keys share.
func distinct(rows []campaigns.Customer) (kept []campaigns.Customer, repeated, shared int) {
	place := make(map[string]int, len(rows))
	keys := make(map[phone.Number]string, len(rows))
	kept = make([]campaigns.Customer, 0, len(rows))
	for _, c := range rows {
		c = tidy(c)
		if at, again := place[c.Key]; again {
			repeated++
			kept[at] = c
			continue
		}
		if key, taken := keys[c.Number]; taken && key != c.Key {
			shared++
		} else {
			keys[c.Number] = c.Key
		}
		place[c.Key] = len(kept)
		kept = append(kept, c)
	}
	return kept, repeated, shared
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

// importing is one import under way.
type importing struct {
	s     *Store
	tx    *txn
	list  string
	o     ImportOptions
	enrol []enrolment
	empty bool     // the list had no customer, when the import began
	since instant  // when it was last imported to, before it
	puts  bool     // contacts that are there follow changed numbers at the end only
	moved []string // those who then do, by key
	done  Imported
}

const anyCustomer = `SELECT COUNT(*) FROM (SELECT 1 FROM customers WHERE list = $1 LIMIT 1) x`

// beginImport begins an import that has a transaction of its own.
func (s *Store) beginImport(ctx context.Context, tx *txn, list string, o ImportOptions) (im importing, err error) {
	im = importing{s: s, tx: tx, list: list, o: o}
	if _, err = tx.ExecContext(ctx, touchList, list, ms(o.Now)); err != nil {
		return im, fmt.Errorf("create the list: %w", err)
	}
	if im.empty, err = s.isEmpty(ctx, tx, list); err != nil {
		return im, err
	}
	im.enrol, err = s.enrolments(ctx, tx, list, o)
	return im, err
}

func (s *Store) isEmpty(ctx context.Context, q sqlx.QueryerContext, list string) (bool, error) {
	var n int
	if err := sqlx.GetContext(ctx, q, &n, anyCustomer, list); err != nil {
		return false, fmt.Errorf("look at the list: %w", err)
	}
	return n == 0, nil
}

var (
	upsertCustomers = bulk{
		into: `customers (list, key, number, others, name, language, segment, manager, zone, attributes,
	consent, consent_evidence, consent_at, expires, updated_at, withdrawn_at)`,
		types: "ttttttttttttiiii",
		conflict: `
ON CONFLICT (list, key) DO UPDATE SET number = excluded.number, others = excluded.others, name = excluded.name,
	language = excluded.language, segment = excluded.segment, manager = excluded.manager, zone = excluded.zone,
	attributes = excluded.attributes, consent = excluded.consent, consent_evidence = excluded.consent_evidence,
	consent_at = excluded.consent_at, expires = excluded.expires, updated_at = excluded.updated_at, withdrawn_at = 0`,
	}
	insertOthers = bulk{into: `other_numbers (list, key, number)`, types: "ttt", conflict: `ON CONFLICT DO NOTHING`}
)

const deleteOthers = `DELETE FROM other_numbers WHERE list = $1 AND key = $2`

// batch writes those of some rows that are new or different, and makes contacts
// of all of them.
func (im *importing) batch(ctx context.Context, rows []campaigns.Customer) error {
	changed, renumbered, err := im.sort(ctx, rows)
	if err != nil {
		return err
	}
	if err := im.write(ctx, changed, renumbered); err != nil {
		return err
	}
	for _, e := range im.enrol {
		added, err := e.enrol(ctx, im.tx, rows)
		if err != nil {
			return err
		}
		im.done.Enrolled += added
	}
	return nil
}

// count counts what batch would do.
func (im *importing) count(ctx context.Context, rows []campaigns.Customer) error {
	if _, _, err := im.sort(ctx, rows); err != nil {
		return err
	}
	for _, e := range im.enrol {
		there, err := e.enrolled(ctx, im.tx, rows)
		if err != nil {
			return err
		}
		im.done.Enrolled += len(rows) - there
	}
	return nil
}

// sort tells rows that are new or different, and those of them whose numbers have
// changed.
func (im *importing) sort(ctx context.Context, rows []campaigns.Customer) (changed, renumbered []campaigns.Customer, err error) {
	var known map[string]storedCustomer
	if !im.empty {
		if known, err = im.known(ctx, rows); err != nil {
			return nil, nil, err
		}
	}
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
		changed = append(changed, c)
		if there && !slices.Equal(was.customer().Numbers(), c.Numbers()) {
			renumbered = append(renumbered, c)
		}
	}
	return changed, renumbered, nil
}

func (im *importing) write(ctx context.Context, changed, renumbered []campaigns.Customer) error {
	customers := make([]any, 0, len(changed)*len(upsertCustomers.types))
	var others []any
	for _, c := range changed {
		customers = append(customers, im.list, c.Key, string(c.Number), jsonText(append([]phone.Number{}, c.Others...)),
			c.Name, c.Language, c.Segment, c.Manager, c.Zone, attributesText(c.Attributes),
			c.Consent, c.ConsentEvidence, ms(c.ConsentAt), ms(c.Expires), ms(im.o.Now), int64(0))
		for _, n := range c.Others {
			others = append(others, im.list, c.Key, string(n))
		}
	}
	if _, err := im.s.insert(ctx, im.tx, upsertCustomers, customers); err != nil {
		return fmt.Errorf("write customers: %w", err)
	}
	for _, c := range renumbered {
		if _, err := im.tx.ExecContext(ctx, deleteOthers, im.list, c.Key); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	if _, err := im.s.insert(ctx, im.tx, insertOthers, others); err != nil {
		return fmt.Errorf("write further numbers: %w", err)
	}
	switch {
	case len(renumbered) == 0:
		return nil
	case im.puts:
		im.moved = append(im.moved, keysOf(renumbered)...)
		return nil
	}
	return im.renumber(ctx, keysOf(renumbered))
}

// attributesText is a customer's attributes as the table holds them.
func attributesText(a map[string]string) string {
	if len(a) == 0 {
		return "{}"
	}
	return jsonText(a)
}

// known reads the customers that are on the list already.
func (im *importing) known(ctx context.Context, rows []campaigns.Customer) (map[string]storedCustomer, error) {
	var stored []storedCustomer
	text := `SELECT * FROM customers WHERE list = $1 AND key` + im.s.d.among
	if err := im.tx.SelectContext(ctx, &stored, text, im.list, im.s.d.texts(keysOf(rows))); err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	known := make(map[string]storedCustomer, len(stored))
	for _, c := range stored {
		known[c.Key] = c
	}
	return known, nil
}

func keysOf(rows []campaigns.Customer) []string {
	return convert(rows, func(c campaigns.Customer) string { return c.Key })
}

// same tells whether an import changes nothing of a customer.
func (r storedCustomer) same(c campaigns.Customer) bool {
	was := r.customer()
	return r.Withdrawn.IsZero() && slices.Equal(was.Numbers(), c.Numbers()) && was.Name == c.Name && was.Language == c.Language &&
		was.Segment == c.Segment && was.Manager == c.Manager && was.Zone == c.Zone &&
		was.Consent == c.Consent && was.ConsentEvidence == c.ConsentEvidence && was.ConsentAt.Equal(c.ConsentAt) &&
		was.Expires.Equal(c.Expires) && maps.Equal(was.Attributes, c.Attributes)
}

const (
	campaignsOver    = `SELECT id FROM campaigns_of_lists WHERE list = $1`
	renumberContacts = `
UPDATE contacts SET number = (SELECT u.number FROM customers u WHERE u.list = $3 AND u.key = contacts.key)
WHERE campaign = $1 AND state = 'pending'
	AND NOT EXISTS (SELECT 1 FROM customer_numbers n WHERE n.list = $3 AND n.key = contacts.key AND n.number = contacts.number)
	AND key`
)

// renumber lets contacts that wait to be called follow changed numbers. One that
// waits for a number which the customer still has keeps it.
func (im *importing) renumber(ctx context.Context, keys []string) error {
	var over []campaigns.ID
	if err := im.tx.SelectContext(ctx, &over, campaignsOver, im.list); err != nil {
		return fmt.Errorf("list the campaigns of the list: %w", err)
	}
	for _, id := range over {
		if _, err := im.tx.ExecContext(ctx, renumberContacts+im.s.d.among, id, im.s.d.texts(keys), im.list); err != nil {
			return fmt.Errorf("renumber contacts: %w", err)
		}
	}
	return nil
}
