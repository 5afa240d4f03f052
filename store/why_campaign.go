package store

import (
	"context"
	"fmt"
	"os"
	"time"

	"careline/campaigns"
)

// Outlook is what a campaign has left to do, at one moment.
type Outlook struct {
	States  map[campaigns.ContactState]int
	Claimed int       // pending contacts that a node has at hand
	Due     int       // pending contacts that may be looked at now
	Hour    int       // those that become due within an hour
	Later   int       // those after that
	Next    time.Time // when the next one becomes due that is not yet; zero: none does
	Recent  int       // attempts begun within the last minute, 1000 at most
	Last    time.Time // when the latest attempt was begun; zero: none was
}

const (
	countStates = `SELECT state, COUNT(*) AS n FROM contacts WHERE campaign = $1 GROUP BY state`

	// The first three read the index that claims read, and no row.
	countDue = `
SELECT COUNT(*) FROM contacts
WHERE campaign = $1 AND fresh = $2 AND state = 'pending' AND claimed_by = '' AND due > $3 AND due <= $4`
	nextAfter = `
SELECT COALESCE(MIN(due), 0) FROM contacts
WHERE campaign = $1 AND fresh = $2 AND state = 'pending' AND claimed_by = '' AND due > $3`
	countClaimed = `SELECT COUNT(*) FROM contacts WHERE campaign = $1 AND claimed_by <> '' AND state = 'pending'`
	latestBegun  = `SELECT begun_at FROM attempts WHERE campaign = $1 ORDER BY id DESC LIMIT 1000`
)

// Outlook counts what a campaign has left to do at now.
func (s *Store) Outlook(ctx context.Context, id campaigns.ID, now time.Time) (Outlook, error) {
	var o Outlook
	err := s.snapshot(ctx, func(tx *txn) error {
		o = Outlook{States: make(map[campaigns.ContactState]int)}
		var states []struct {
			State campaigns.ContactState `db:"state"`
			N     int                    `db:"n"`
		}
		if err := tx.SelectContext(ctx, &states, countStates, id); err != nil {
			return err
		}
		for _, row := range states {
			o.States[row.State] = row.N
		}
		if err := tx.GetContext(ctx, &o.Claimed, countClaimed, id); err != nil {
			return err
		}
		for _, fresh := range []int{0, 1} {
			if err := o.addDue(ctx, tx, id, fresh, now); err != nil {
				return err
			}
		}
		o.Later = max(o.States[campaigns.Pending]-o.Claimed-o.Due-o.Hour, 0)
		return o.addBegun(ctx, tx, id, now)
	})
	if err != nil {
		return o, fmt.Errorf("count what campaign %s has left: %w", id, err)
	}
	return o, nil
}

// addDue counts the contacts that were never called, or those that were.
func (o *Outlook) addDue(ctx context.Context, tx *txn, id campaigns.ID, fresh int, now time.Time) error {
	var due, hour int
	if err := tx.GetContext(ctx, &due, countDue, id, fresh, -1, ms(now)); err != nil {
		return err
	}
	if err := tx.GetContext(ctx, &hour, countDue, id, fresh, ms(now), ms(now.Add(time.Hour))); err != nil {
		return err
	}
	o.Due, o.Hour = o.Due+due, o.Hour+hour
	var next instant
	if err := tx.GetContext(ctx, &next, nextAfter, id, fresh, ms(now)); err != nil {
		return err
	}
	if !next.IsZero() && (o.Next.IsZero() || next.Before(o.Next)) {
		o.Next = next.Time
	}
	return nil
}

// addBegun counts the latest attempts; where there are 1000 a minute it is more.
func (o *Outlook) addBegun(ctx context.Context, tx *txn, id campaigns.ID, now time.Time) error {
	var begun []instant
	if err := tx.SelectContext(ctx, &begun, latestBegun, id); err != nil {
		return err
	}
	for _, t := range begun {
		if t.After(now.Add(-time.Minute)) {
			o.Recent++
		}
		if t.After(o.Last) {
			o.Last = t.Time
		}
	}
	return nil
}

// The sample takes contacts by the end of their ids, which is chance.
const (
	pendingAll = `SELECT id FROM contacts WHERE campaign = $1 AND state = 'pending' ORDER BY fresh, due, id LIMIT $2`
	pendingBy  = `
SELECT id FROM contacts
WHERE campaign = $1 AND fresh IN (0, 1) AND state = 'pending' AND claimed_by = '' AND due <= $2
	AND SUBSTR(id, 33) < $3 LIMIT $4`
)

// sampleDigits are the hexadecimal digits at the end of an id that a sample is
// drawn by: those from the 33rd on.
const sampleDigits = 4

// SamplePending returns pending contacts to be looked at: all where there are no
// more than limit, else about so many, drawn by chance from those due at now, or
// from all where none is, as far as no node has them at hand.
func (s *Store) SamplePending(
	ctx context.Context, id campaigns.ID, o Outlook, limit int, now time.Time,
) (ids []campaigns.ContactID, all bool, err error) {
	pending := o.States[campaigns.Pending]
	if pending <= limit {
		err = s.read.SelectContext(ctx, &ids, pendingAll, id, limit)
	} else {
		until, from := now, o.Due
		if o.Due == 0 {
			until, from = forever, pending
		}
		const buckets = 1 << (4 * sampleDigits)
		below := min(buckets-1, buckets*limit/max(from, 1)+1)
		err = s.read.SelectContext(ctx, &ids, pendingBy, id, ms(until), fmt.Sprintf("%0*x", sampleDigits, below), 2*limit)
	}
	if err != nil {
		return nil, false, fmt.Errorf("sample contacts of campaign %s: %w", id, err)
	}
	return ids, pending <= limit, nil
}

// forever is later than all that is due.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// WhyEach reads for each of some contacts what decides whether it may be called
// at now, all at one moment, as Why does.
func (s *Store) WhyEach(
	ctx context.Context, ids []campaigns.ContactID, now time.Time,
) ([]campaigns.Inputs, error) {
	var list []campaigns.Inputs
	err := s.snapshot(ctx, func(tx *txn) error {
		list = nil
		for _, id := range ids {
			in, err := s.ask(ctx, tx, id, now)
			if err != nil {
				return err
			}
			list = append(list, in)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask why contacts are not called: %w", err)
	}
	return list, nil
}

// Node is a node as it last told of itself.
type Node struct {
	Name  string    `db:"name"`
	Host  string    `db:"host"`
	Lives bool      // its lease lasts, and its process is there, as far as can be seen from here
	Heard time.Time // when it last renewed its lease; zero: it has given it back
	Until time.Time // then its lease ends, or has
}

const listNodes = `SELECT * FROM nodes ORDER BY name`

// Nodes lists the nodes that share the database.
func (s *Store) Nodes(ctx context.Context, now time.Time) ([]Node, error) {
	var rows []nodeRow
	if err := s.read.SelectContext(ctx, &rows, listNodes); err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return convert(rows, func(r nodeRow) Node {
		n := Node{Name: r.Name, Host: r.Host, Lives: !r.LeaseUntil.Before(now) && !r.died(host), Until: r.LeaseUntil.Time}
		if !n.Until.IsZero() {
			n.Heard = n.Until.Add(-s.o.Lease)
		}
		return n
	}), nil
}
