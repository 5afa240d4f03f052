package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

// receivedByHour counts those who answered, by the hour of the answer.
const receivedByHour = `
SELECT answered_at / 3600000 AS hour, COUNT(*) AS answered,
	SUM(CASE WHEN party = 'machine' THEN 1 ELSE 0 END) AS machines,
	SUM(CASE WHEN party <> 'machine' AND (connected_at > 0 OR abandoned_at > 0) THEN 1 ELSE 0 END) AS live,
	SUM(CASE WHEN party <> 'machine' AND connected_at > 0 THEN 1 ELSE 0 END) AS taken,
	SUM(CASE WHEN party <> 'machine' AND abandoned_at > 0 THEN 1 ELSE 0 END) AS abandoned,
	SUM(CASE WHEN message_at > 0 THEN 1 ELSE 0 END) AS messages,
	SUM(opted_out) AS opted_out,
	SUM(CASE WHEN party = 'machine' AND connected_at > 0 THEN 1 ELSE 0 END) AS met,
	SUM(CASE WHEN party = 'machine' OR connected_at = 0 THEN 0
		WHEN greeting_end_at > 0 AND greeting_end_at <= connected_at THEN connected_at - greeting_end_at
		WHEN greeting_end_at > 0 THEN 0 ELSE connected_at - answered_at END) AS wait_ms
FROM attempts WHERE campaign = $1 AND answered_at >= $2 AND answered_at > 0
GROUP BY answered_at / 3600000 ORDER BY hour`

// Received counts, hour by hour, how those of a campaign were received who
// answered at since or later.
func (s *Store) Received(ctx context.Context, id campaigns.ID, since time.Time) ([]campaigns.Received, error) {
	var rows []struct {
		Hour      int64 `db:"hour"`
		Answered  int   `db:"answered"`
		Machines  int   `db:"machines"`
		Live      int   `db:"live"`
		Taken     int   `db:"taken"`
		Abandoned int   `db:"abandoned"`
		Messages  int   `db:"messages"`
		OptedOut  int   `db:"opted_out"`
		Met       int   `db:"met"`
		WaitMS    int64 `db:"wait_ms"`
	}
	if err := s.read.SelectContext(ctx, &rows, receivedByHour, id, ms(since)); err != nil {
		return nil, fmt.Errorf("count how callees of campaign %s were received: %w", id, err)
	}
	list := make([]campaigns.Received, len(rows))
	for i, r := range rows {
		list[i] = campaigns.Received{
			From: time.UnixMilli(r.Hour * time.Hour.Milliseconds()).UTC(), Answered: r.Answered, Machines: r.Machines,
			Live: r.Live, Taken: r.Taken, Abandoned: r.Abandoned, Messages: r.Messages, OptedOut: r.OptedOut, Met: r.Met,
			Wait: time.Duration(r.WaitMS) * time.Millisecond,
		}
	}
	return list, nil
}
