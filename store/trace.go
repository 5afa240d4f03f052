package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/call"
	"careline/campaigns"
)

// traceRow is a trace as the tables hold it.
type traceRow struct {
	ID          string                `db:"id"`
	Serves      string                `db:"serves"`
	SIPCallID   string                `db:"sip_call_id"`
	Direction   call.Direction        `db:"direction"`
	From        string                `db:"from_number"`
	To          string                `db:"to_number"`
	Trunk       string                `db:"trunk"`
	Phone       string                `db:"phone"`
	Campaign    campaigns.ID          `db:"campaign"`
	Contact     campaigns.ContactID   `db:"contact"`
	Disposition campaigns.Disposition `db:"disposition"`
	BegunAt     instant               `db:"begun_at"`
	RingingAt   instant               `db:"ringing_at"`
	AnsweredAt  instant               `db:"answered_at"`
	EndedAt     instant               `db:"ended_at"`
	Detail      doc[call.TraceDetail] `db:"detail"`
	Messages    string                `db:"messages"`
}

func newTraceRow(t call.Trace) traceRow {
	return traceRow{
		ID: clean(t.ID), Serves: clean(t.Serves), SIPCallID: clean(t.SIPCallID), Direction: t.Direction,
		From: clean(t.From), To: clean(t.To), Trunk: t.Trunk, Phone: t.Phone, Campaign: t.Campaign,
		Contact: t.Contact, Disposition: t.Disposition, BegunAt: at(t.BegunAt), RingingAt: at(t.RingingAt),
		AnsweredAt: at(t.AnsweredAt), EndedAt: at(t.EndedAt), Detail: as(cleanDetail(t.Detail)),
		Messages: base64.StdEncoding.EncodeToString(t.Messages),
	}
}

// cleanDetail makes the texts from the network fit for both databases.
func cleanDetail(d call.TraceDetail) call.TraceDetail {
	d.Why, d.Reason, d.Evidence.Text = clean(d.Why), clean(d.Reason), clean(d.Evidence.Text)
	return d
}

func (r traceRow) trace() (call.Trace, error) {
	messages, err := base64.StdEncoding.DecodeString(r.Messages)
	if err != nil {
		return call.Trace{}, fmt.Errorf("read the messages of call %s: %w", r.ID, err)
	}
	return call.Trace{
		ID: r.ID, Serves: r.Serves, SIPCallID: r.SIPCallID, Direction: r.Direction, From: r.From, To: r.To,
		Trunk: r.Trunk, Phone: r.Phone, Campaign: r.Campaign, Contact: r.Contact, Disposition: r.Disposition,
		BegunAt: r.BegunAt.Time, RingingAt: r.RingingAt.Time, AnsweredAt: r.AnsweredAt.Time, EndedAt: r.EndedAt.Time,
		Detail: r.Detail.v, Messages: messages,
	}, nil
}

const insertTrace = `
INSERT INTO call_traces (id, serves, sip_call_id, direction, from_number, to_number, trunk, phone, campaign, contact,
	disposition, begun_at, ringing_at, answered_at, ended_at, detail, messages)
VALUES (:id, :serves, :sip_call_id, :direction, :from_number, :to_number, :trunk, :phone, :campaign, :contact,
	:disposition, :begun_at, :ringing_at, :answered_at, :ended_at, :detail, :messages)
ON CONFLICT (id) DO NOTHING`

// KeepTraces stores traces together with what else waits to be written. They are
// no promise: when the database is behind they are not stored, and the error
// says so. Storing one again changes nothing.
func (s *Store) KeepTraces(ctx context.Context, list []call.Trace) error {
	if s.w.j.holding() {
		return fmt.Errorf("keep traces: %w", ErrJournaling)
	}
	rows := convert(list, newTraceRow)
	err := s.w.share(ctx, s.w.others, &job{apply: func(ctx context.Context, tx *txn) error {
		for part := range slices.Chunk(rows, s.d.batch) {
			if _, err := tx.NamedExecContext(ctx, insertTrace, part); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return fmt.Errorf("keep traces: %w", err)
	}
	return nil
}

// TraceFilter chooses traces. Its zero value chooses the latest 100 calls.
type TraceFilter struct {
	Since       time.Time
	Campaign    campaigns.ID
	Number      string // that called or was called, or its last digits
	Disposition campaigns.Disposition
	Failed      bool // only those that were not answered
	Limit       int  // 0 is 100
}

const traceColumns = `
SELECT id, serves, sip_call_id, direction, from_number, to_number, trunk, phone, campaign, contact, disposition,
	begun_at, ringing_at, answered_at, ended_at, detail`

const tracesChosen = traceColumns + `, '' AS messages FROM call_traces
WHERE serves = '' AND NOT EXISTS (SELECT 1 FROM hosted_calls h WHERE h.id = call_traces.id) AND begun_at >= $1 AND ($2 = '' OR campaign = $2) AND ($3 = '' OR disposition = $3)
	AND ($4 = '' OR from_number LIKE $4 ESCAPE '!' OR to_number LIKE $4 ESCAPE '!') AND ($5 = 0 OR disposition <> 'answered')
ORDER BY begun_at DESC, id DESC LIMIT $6`

// Traces returns the traces chosen, and the calls at carriers that are over, the
// latest first, without their messages and without the legs to agents' phones.
func (s *Store) Traces(ctx context.Context, f TraceFilter) ([]call.Trace, error) {
	number, failed, limit := "", 0, f.Limit
	if f.Number != "" {
		number = "%" + escapeLike(f.Number)
	}
	if f.Failed {
		failed = 1
	}
	if limit == 0 {
		limit = 100
	}
	chosen := []any{ms(f.Since), string(f.Campaign), string(f.Disposition), number, failed, limit}
	wire, err := s.traces(ctx, tracesChosen, chosen...)
	if err != nil {
		return nil, err
	}
	hosted, err := s.hosted(ctx, hostedChosen, chosen...)
	return latest(alsoHosted(wire, hosted), limit), err
}

// escapeLike makes a text stand for itself in a pattern of LIKE with ! to escape.
func escapeLike(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

func (s *Store) traces(ctx context.Context, query string, args ...any) ([]call.Trace, error) {
	var rows []traceRow
	if err := s.read.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list calls on the wire: %w", err)
	}
	list := make([]call.Trace, 0, len(rows))
	for _, r := range rows {
		t, err := r.trace()
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

const (
	tracesNamed = traceColumns + `, '' AS messages FROM call_traces WHERE id = $1 OR sip_call_id = $1 ORDER BY id LIMIT 10`
	tracesLike  = traceColumns + `, '' AS messages FROM call_traces
WHERE id LIKE $1 ESCAPE '!' OR id LIKE $2 ESCAPE '!' ORDER BY id DESC LIMIT 10`
	tracesOf = traceColumns + `, messages FROM call_traces WHERE id = $1 OR serves = $1 ORDER BY begun_at, id`
)

// FindTraces returns the traces and calls at carriers whose id, SIP Call-ID or name
// at the carrier is name, else up to 10 of each that begin or end with it, without
// messages.
func (s *Store) FindTraces(ctx context.Context, name string) ([]call.Trace, error) {
	id := name
	fact, err := s.HostedCall(ctx, name)
	switch {
	case err == nil:
		id = fact.ID
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	list, err := s.found(ctx, []any{id}, tracesNamed, hostedWith)
	if err == nil && len(list) == 0 {
		list, err = s.serving(ctx, id)
	}
	if err != nil || len(list) > 0 {
		return list, err
	}
	part := escapeLike(strings.ToLower(name))
	return s.found(ctx, []any{part + "%", "%" + part}, tracesLike, hostedLike)
}

func (s *Store) found(ctx context.Context, args []any, onWire, atCarriers string) ([]call.Trace, error) {
	wire, err := s.traces(ctx, onWire, args...)
	if err != nil {
		return nil, err
	}
	hosted, err := s.hosted(ctx, atCarriers, args...)
	return alsoHosted(wire, hosted), err
}

// TraceLegs returns a call's trace and those of the legs that served it, with
// their messages, in the order of time; a call at a carrier comes first, and then
// its sound that came here.
func (s *Store) TraceLegs(ctx context.Context, id string) ([]call.Trace, error) {
	legs, err := s.traces(ctx, tracesOf, id)
	if err != nil {
		return nil, err
	}
	hosted, err := s.hosted(ctx, hostedWith, id)
	if err == nil && len(hosted) == 0 {
		hosted, err = s.serving(ctx, id)
	}
	return append(hosted, legs...), err
}

// pruned is how many traces are deleted in one transaction, so that nothing
// waits for long behind them.
const pruned = 500

const (
	oldTraces   = `DELETE FROM call_traces WHERE id IN (SELECT id FROM call_traces WHERE begun_at < $1 ORDER BY begun_at LIMIT $2)`
	tracesBegin = `SELECT begun_at FROM call_traces ORDER BY begun_at DESC LIMIT 1 OFFSET $1`
)

// PruneTraces deletes traces from before a time, and of the others the oldest
// beyond the number to keep. It returns how many.
func (s *Store) PruneTraces(ctx context.Context, before time.Time, keep int) (int, error) {
	var oldest []int64
	if err := s.read.SelectContext(ctx, &oldest, tracesBegin, keep); err != nil {
		return 0, fmt.Errorf("count traces: %w", err)
	}
	limit := ms(before)
	if len(oldest) > 0 {
		limit = max(limit, oldest[0]+1)
	}
	for all := 0; ; {
		n, err := s.prune(ctx, limit)
		all += n
		if err != nil || n < pruned {
			return all, err
		}
	}
}

// prune deletes some of the traces from before a time.
func (s *Store) prune(ctx context.Context, before int64) (int, error) {
	var n int64
	err := s.tx(ctx, func(tx *txn) error {
		res, err := tx.ExecContext(ctx, oldTraces, before, pruned)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("delete old traces: %w", err)
	}
	return int(n), nil
}
