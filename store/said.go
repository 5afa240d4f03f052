package store

import (
	"context"
	"fmt"

	"careline/campaigns"
	"careline/phone"
)

const (
	answersIn = `SELECT * FROM answers WHERE call_id = $1 ORDER BY at, result`
	optOutsIn = `SELECT * FROM do_not_call WHERE number = $1 AND call_id = $2 AND call_id <> '' ORDER BY at`
)

// AnswersIn returns the answers of one call, in the order of time.
func (s *Store) AnswersIn(ctx context.Context, callID string) ([]campaigns.Answer, error) {
	var rows []answerRow
	if err := s.read.SelectContext(ctx, &rows, answersIn, callID); err != nil {
		return nil, fmt.Errorf("list the answers of call %s: %w", callID, err)
	}
	return convert(rows, answerRow.answer), nil
}

// OptOutsIn returns what a number asked not to be called for in one call.
func (s *Store) OptOutsIn(ctx context.Context, callID string, number phone.Number) ([]DoNotCall, error) {
	var rows []doNotCallRow
	if err := s.read.SelectContext(ctx, &rows, optOutsIn, number, callID); err != nil {
		return nil, fmt.Errorf("list the opt-outs of call %s: %w", callID, err)
	}
	return convert(rows, doNotCallRow.entry), nil
}
