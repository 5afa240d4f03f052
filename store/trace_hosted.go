package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"careline/call"
	"careline/campaigns"
)

// hostedRow is a call at a carrier by all that is kept of it: what the carrier has
// told, the attempt and the conversation, as far as there are any.
type hostedRow struct {
	factRow

	Direction   call.Direction          `db:"direction"`
	From        string                  `db:"from_number"`
	To          string                  `db:"to_number"`
	Campaign    campaigns.ID            `db:"campaign"`
	Contact     campaigns.ContactID     `db:"contact"`
	Disposition campaigns.Disposition   `db:"disposition"`
	Evidence    doc[campaigns.Evidence] `db:"evidence"`
	BegunAt     instant                 `db:"begun_at"`
	RingingAt   instant                 `db:"ringing_at"`
	UpAt        instant                 `db:"up_at"`
	OverAt      instant                 `db:"over_at"`
	Ending      call.Ending             `db:"ending"`
}

func (r hostedRow) trace() call.Trace {
	t := call.Trace{
		ID: r.ID, Direction: r.Direction, From: r.From, To: r.To, Trunk: r.Trunk, Campaign: r.Campaign, Contact: r.Contact,
		Disposition: r.Disposition, BegunAt: r.BegunAt.Time, RingingAt: r.RingingAt.Time, AnsweredAt: r.UpAt.Time, EndedAt: r.OverAt.Time,
		Detail: call.TraceDetail{Evidence: r.Evidence.v, Ending: r.Ending}, Told: r.fact(),
	}
	if t.Detail.Evidence == (campaigns.Evidence{}) {
		t.Detail.Evidence = campaigns.Evidence{Status: r.Code, Text: r.Text}
	}
	if !t.RingingAt.IsZero() {
		t.Detail.Timers.Ringing = t.RingingAt.Sub(t.BegunAt).Milliseconds()
	}
	return t
}

// hostedCalls are the calls at carriers: those that were placed, from their
// attempts, whether or not the carrier took them, and those that came in. Calls
// that serve another one have neither and are left out.
const hostedCalls = `
SELECT * FROM (
	SELECT a.id AS id, a.owner AS owner, a.trunk AS trunk, COALESCE(h.name, '') AS name, COALESCE(h.phase, 0) AS phase,
		COALESCE(h.rang, 0) AS rang, COALESCE(h.answered_at, 0) AS answered_at, COALESCE(h.answered_by, '') AS answered_by,
		COALESCE(h.ended_at, 0) AS ended_at, COALESCE(h.status, '') AS status, COALESCE(h.code, 0) AS code,
		COALESCE(h.trouble, 0) AS trouble, COALESCE(h.text, '') AS text, COALESCE(h.lasted, 0) AS lasted,
		'outbound' AS direction, a.caller_id AS from_number, a.number AS to_number, a.campaign AS campaign, a.contact AS contact,
		a.disposition AS disposition, a.evidence AS evidence, a.begun_at AS begun_at, a.ringing_at AS ringing_at,
		a.answered_at AS up_at, a.ended_at AS over_at, COALESCE(c.ending, '') AS ending
	FROM attempts a LEFT JOIN hosted_calls h ON h.id = a.id LEFT JOIN calls c ON c.id = a.id
	WHERE a.leg LIKE '{"carrier":%'
	UNION ALL
	SELECT h.id, h.owner, h.trunk, h.name, h.phase, h.rang, h.answered_at, h.answered_by, h.ended_at, h.status, h.code,
		h.trouble, h.text, h.lasted,
		c.direction, c.from_number, c.to_number, c.campaign, c.contact,
		CASE WHEN h.answered_at > 0 THEN 'answered' ELSE 'failure' END, '{}', CASE WHEN h.answered_at > 0 THEN h.answered_at ELSE h.ended_at END, 0,
		h.answered_at, h.ended_at, c.ending
	FROM hosted_calls h JOIN calls c ON c.id = h.id WHERE c.direction = 'inbound'
) x`

const (
	hostedChosen = hostedCalls + `
WHERE over_at > 0 AND begun_at >= $1 AND ($2 = '' OR campaign = $2) AND ($3 = '' OR disposition = $3)
	AND ($4 = '' OR from_number LIKE $4 ESCAPE '!' OR to_number LIKE $4 ESCAPE '!') AND ($5 = 0 OR disposition <> 'answered')
ORDER BY begun_at DESC, id DESC LIMIT $6`
	hostedWith = hostedCalls + ` WHERE id = $1`
	hostedLike = hostedCalls + `
WHERE LOWER(id) LIKE $1 ESCAPE '!' OR LOWER(id) LIKE $2 ESCAPE '!' OR LOWER(name) LIKE $1 ESCAPE '!' OR LOWER(name) LIKE $2 ESCAPE '!'
ORDER BY id DESC LIMIT 10`
	anyHosted = `SELECT COUNT(*) FROM (SELECT id FROM hosted_calls LIMIT 1) x`
)

// hosted returns calls at carriers; at once none where there has never been one,
// as the ledger of attempts may be long.
func (s *Store) hosted(ctx context.Context, query string, args ...any) ([]call.Trace, error) {
	var rows []hostedRow
	var some int
	err := s.read.GetContext(ctx, &some, anyHosted)
	if err == nil && some > 0 {
		err = s.read.SelectContext(ctx, &rows, query, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("list calls at carriers: %w", err)
	}
	return convert(rows, hostedRow.trace), nil
}

// serving returns a call at a carrier that has neither attempt nor conversation, as
// it was placed for somebody who was on the line.
func (s *Store) serving(ctx context.Context, id string) ([]call.Trace, error) {
	facts, err := s.Facts(ctx, []string{id})
	list := make([]call.Trace, 0, len(facts))
	for _, f := range facts {
		t := call.Trace{
			ID: f.ID, Direction: call.Outbound, Trunk: f.Trunk, Disposition: campaigns.Failure,
			BegunAt: f.AnsweredAt, AnsweredAt: f.AnsweredAt, EndedAt: f.EndedAt, Told: f,
		}
		if t.BegunAt.IsZero() {
			t.BegunAt = f.EndedAt
		} else {
			t.Disposition = campaigns.Answered
		}
		list = append(list, t)
	}
	return list, err
}

// alsoHosted adds calls at carriers to those on the wire, of which those that are
// the sound of such a call give way to it.
func alsoHosted(wire, hosted []call.Trace) []call.Trace {
	if len(hosted) == 0 {
		return wire
	}
	ids := make(map[string]bool, len(hosted))
	for _, t := range hosted {
		ids[t.ID] = true
	}
	wire = slices.DeleteFunc(wire, func(t call.Trace) bool { return ids[t.ID] })
	return append(hosted, wire...)
}

// latest puts the latest first, and leaves so many.
func latest(list []call.Trace, limit int) []call.Trace {
	slices.SortStableFunc(list, func(a, b call.Trace) int {
		if c := b.BegunAt.Compare(a.BegunAt); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return list[:min(limit, len(list))]
}
