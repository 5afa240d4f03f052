package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
)

// alarmRow is an alarm as the tables hold it.
type alarmRow struct {
	Kind      call.AlarmKind `db:"kind"`
	Subject   string         `db:"subject"`
	Text      string         `db:"text"`
	Since     instant        `db:"since"`
	At        instant        `db:"at"`
	Times     int            `db:"times"`
	Until     instant        `db:"until"`
	ClearedAt instant        `db:"cleared_at"`
}

func (r alarmRow) alarm() call.OpenAlarm {
	return call.OpenAlarm{
		Alarm: call.Alarm{Kind: r.Kind, Subject: r.Subject, Text: r.Text, At: r.At.Time, Until: r.Until.Time},
		Since: r.Since.Time, Times: r.Times, Over: r.ClearedAt.Time,
	}
}

// overBefore ends a condition: the alarm was over when it was raised again.
const overBefore = `alarms.cleared_at > 0 OR alarms.until > 0 AND alarms.until <= excluded.at`

const (
	upsertAlarm = `
INSERT INTO alarms (kind, subject, text, since, at, times, until, cleared_at)
VALUES (:kind, :subject, :text, :since, :at, :times, :until, 0)
ON CONFLICT (kind, subject) DO UPDATE SET text = excluded.text, at = excluded.at, until = excluded.until, cleared_at = 0,
	since = CASE WHEN ` + overBefore + ` THEN excluded.since ELSE alarms.since END,
	times = CASE WHEN ` + overBefore + ` THEN 1 ELSE alarms.times + 1 END`
	clearAlarm  = `UPDATE alarms SET cleared_at = $3 WHERE kind = $1 AND subject = $2 AND cleared_at = 0`
	trimAlarms  = `DELETE FROM alarms WHERE at < (SELECT MIN(at) FROM (SELECT at FROM alarms ORDER BY at DESC LIMIT 1000) AS newest)`
	selectAlarm = `SELECT * FROM alarms WHERE cleared_at = 0 AND (until = 0 OR until > $1) ORDER BY since, kind, subject`
)

// RaiseAlarm keeps an alarm, or closes the open one of its kind and subject. Of
// those that are kept there are at most some 1000.
func (s *Store) RaiseAlarm(ctx context.Context, a call.Alarm) error {
	err := s.tx(ctx, func(tx *txn) error { return raise(ctx, tx, a) })
	if err != nil {
		return fmt.Errorf("keep an alarm of %s: %w", a.Kind, err)
	}
	return nil
}

func raise(ctx context.Context, tx *txn, a call.Alarm) error {
	if a.Text == "" {
		_, err := tx.ExecContext(ctx, clearAlarm, a.Kind, clean(a.Subject), ms(a.At))
		return err
	}
	row := alarmRow{
		Kind: a.Kind, Subject: clean(a.Subject), Text: clean(a.Text), Since: at(a.At), At: at(a.At), Times: 1, Until: at(a.Until),
	}
	if _, err := tx.NamedExecContext(ctx, upsertAlarm, row); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, trimAlarms)
	return err
}

// OpenAlarms lists the alarms that are not over, oldest first.
func (s *Store) OpenAlarms(ctx context.Context, now time.Time) ([]call.OpenAlarm, error) {
	var rows []alarmRow
	if err := s.read.SelectContext(ctx, &rows, selectAlarm, ms(now)); err != nil {
		return nil, fmt.Errorf("list alarms: %w", err)
	}
	return convert(rows, alarmRow.alarm), nil
}
