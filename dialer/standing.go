package dialer

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
)

// showEvery is the least time between two looks at what is done for campaigns.
const showEvery = time.Second

// board is what has been shown of campaigns.
type board struct {
	shown map[campaigns.ID]campaigns.Standing // as stored
	at    time.Time                           // when to look again
	busy  bool                                // it is being stored
}

// Standings returns what is done for each running campaign, as it was a second
// ago or later, by id.
func (d *Dialer) Standings() []campaigns.Standing {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.standings)
}

// show looks at what is done for campaigns, and stores what has changed.
func (l *loop) show(ctx context.Context, now time.Time) {
	if now.Before(l.board.at) || l.draining {
		return
	}
	l.board.at = now.Add(showEvery)
	list, changed, gone := l.standings(now)
	l.d.mu.Lock()
	l.d.standings = list
	l.d.mu.Unlock()
	if l.d.o.Board == nil || l.board.busy || len(changed)+len(gone) == 0 {
		return
	}
	l.board.busy = true
	l.wg.Go(func() {
		asking, cancel := bounded(ctx)
		err := l.d.o.Board.SaveStandings(asking, l.d.o.Node, changed, gone)
		cancel()
		l.post(func(ctx context.Context) { l.stored(ctx, changed, gone, err) })
	})
}

// standings is what is done now, and what of it is news.
func (l *loop) standings(now time.Time) (list, changed []campaigns.Standing, gone []campaigns.ID) {
	why := l.why(now)
	for _, id := range slices.Sorted(maps.Keys(l.running)) {
		s, known := l.plan.Standing(id)
		if !known {
			continue
		}
		if s.Node, s.At = l.d.o.Node, now; why != "" {
			s.Why = why
		}
		list = append(list, s)
		was := l.board.shown[id]
		if was.At = s.At; !reflect.DeepEqual(was, s) {
			changed = append(changed, s)
		}
	}
	for id := range l.board.shown {
		if !slices.ContainsFunc(list, func(s campaigns.Standing) bool { return s.Campaign == id }) {
			gone = append(gone, id)
		}
	}
	slices.SortFunc(gone, func(a, b campaigns.ID) int { return strings.Compare(string(a), string(b)) })
	return list, changed, gone
}

func (l *loop) stored(ctx context.Context, changed []campaigns.Standing, gone []campaigns.ID, err error) {
	l.board.busy = false
	if err != nil {
		l.trouble(ctx, err)
		return
	}
	for _, s := range changed {
		l.board.shown[s.Campaign] = s
	}
	for _, id := range gone {
		delete(l.board.shown, id)
	}
}
