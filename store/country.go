package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
	"careline/phone"
)

const (
	insertCountry = `INSERT INTO trunk_countries (trunk, country, first_at) VALUES ($1, $2, $3) ON CONFLICT (trunk, country) DO NOTHING`
	countCountry  = `SELECT COUNT(*) FROM trunk_countries WHERE trunk = $1`
	oddTime       = 24 * time.Hour // that the alarm is open
)

// NoteCountry notes what country a trunk is about to call, for calls that are no
// attempts, which do so by themselves.
func (s *Store) NoteCountry(ctx context.Context, trunk string, n phone.Number, now time.Time) error {
	err := s.tx(ctx, func(tx *txn) error { return s.noteCountry(ctx, tx, trunk, n, now) })
	if err != nil {
		return fmt.Errorf("note the country of a call by trunk %s: %w", trunk, err)
	}
	return nil
}

// noteCountry raises an alarm where a trunk calls a country that it never called
// before: stolen phones and mistaken lists do. The first of all is none.
func (s *Store) noteCountry(ctx context.Context, tx *txn, trunk string, n phone.Number, now time.Time) error {
	country := phone.CallingCode(n)
	key := trunk + " +" + country
	if country == "" || s.knowsCountry(key) {
		return nil
	}
	res, err := tx.ExecContext(ctx, insertCountry, trunk, country, ms(now))
	if err != nil {
		return err
	}
	if added, err := res.RowsAffected(); err != nil || added == 0 {
		s.learnCountry(key) // it is committed
		return err
	}
	var known int
	if err := tx.GetContext(ctx, &known, countCountry, trunk); err != nil || known < 2 {
		return err
	}
	return raise(ctx, tx, call.Alarm{
		Kind: call.AlarmTraffic, Subject: key, At: now, Until: now.Add(oddTime),
		Text: fmt.Sprintf("trunk %s calls +%s for the first time; where nobody meant that, take it out of allow", trunk, country),
	})
}

func (s *Store) knowsCountry(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.countries[key]
}

func (s *Store) learnCountry(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.countries[key] = true
}
