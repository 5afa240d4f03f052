package store

import (
	"context"
	"fmt"
	"iter"

	"careline/campaigns"
)

// answerRow is an answer as the tables hold it.
type answerRow struct {
	CallID   string              `db:"call_id"`
	Result   string              `db:"result"`
	Campaign campaigns.ID        `db:"campaign"`
	Contact  campaigns.ContactID `db:"contact"`
	Value    string              `db:"value"`
	Category string              `db:"category"`
	Node     string              `db:"node"`
	FlowHash string              `db:"flow_hash"`
	At       instant             `db:"at"`
}

func newAnswerRow(a campaigns.Answer) answerRow {
	return answerRow{
		CallID: a.CallID, Result: clean(a.Result), Campaign: a.Campaign, Contact: a.Contact,
		Value: clean(a.Value), Category: clean(a.Category), Node: a.Node, FlowHash: a.FlowHash, At: at(a.At),
	}
}

func (r answerRow) answer() campaigns.Answer {
	return campaigns.Answer{
		CallID: r.CallID, Campaign: r.Campaign, Contact: r.Contact, Result: r.Result,
		Value: r.Value, Category: r.Category, Node: r.Node, FlowHash: r.FlowHash, At: r.At.Time,
	}
}

// upsertAnswer keeps the latest answer to a result of a call. One that comes
// late, out of the journal, does not replace a later one.
const upsertAnswer = `
INSERT INTO answers (call_id, result, campaign, contact, value, category, node, flow_hash, at)
VALUES (:call_id, :result, :campaign, :contact, :value, :category, :node, :flow_hash, :at)
ON CONFLICT (call_id, result) DO UPDATE SET value = excluded.value, category = excluded.category,
	node = excluded.node, flow_hash = excluded.flow_hash, at = excluded.at
WHERE excluded.at >= answers.at`

const answersAfter = `
SELECT * FROM answers WHERE campaign = $1 AND (call_id > $2 OR call_id = $2 AND result > $3)
ORDER BY call_id, result LIMIT $4`

// Answers goes through a campaign's answers as they are stored, call by call.
// An empty id means the answers of calls outside of any campaign.
func (s *Store) Answers(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.Answer, error] {
	return pages(func(after *answerRow) ([]answerRow, error) {
		var rows []answerRow
		err := s.read.SelectContext(ctx, &rows, answersAfter, id, after.CallID, after.Result, pageSize)
		if err != nil {
			return nil, fmt.Errorf("list answers of campaign %s: %w", id, err)
		}
		return rows, nil
	}, answerRow.answer)
}
