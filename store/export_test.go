package store

import "context"

// What tests see of the journal and the writer.
type Journal = journal

var (
	OpenJournal    = openJournal
	ParseJournal   = parseJournal
	AppendHeader   = appendHeader
	AppendRecord   = appendRecord
	ErrJournalFull = errJournalFull
	ParseURL       = parseURL
	IsTrouble      = isTrouble
)

func (j *journal) Append(entry []byte) error { return j.append(entry) }
func (j *journal) Waiting(n int) [][]byte    { return j.waiting(n) }
func (j *journal) Taken(n int) error         { return j.taken(n) }
func (j *journal) Holding() bool             { return j.holding() }
func (j *journal) Close() error              { return j.close() }

// Journaled returns how many writes wait in the journal.
func (s *Store) Journaled() int { return s.w.j.count() }

// Exec changes the database beneath the store.
func (s *Store) Exec(ctx context.Context, text string, args ...any) error {
	_, err := s.db.ExecContext(ctx, text, args...)
	return err
}
