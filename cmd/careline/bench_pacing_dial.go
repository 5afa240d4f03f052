package main

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"careline/sim/floor"
)

// pacingWork is one thing to be computed: a campaign, or the search of a ratio.
type pacingWork struct {
	size int // agent days
	do   func(context.Context) error
}

// dial looks for the best ratios, then dials all campaigns.
func (b *pacingBench) dial(ctx context.Context, g *gauge) error {
	searches, campaigns := b.searches(), b.campaigns()
	total := 0
	for _, w := range slices.Concat(searches, campaigns) {
		total += w.size
	}
	var mu sync.Mutex
	finished := 0
	done := func(size int) {
		mu.Lock()
		defer mu.Unlock()
		finished += size
		g.to(time.Now(), finished, float64(finished)/float64(total))
	}
	for _, part := range [][]pacingWork{searches, campaigns} {
		if err := workOff(ctx, part, done); err != nil {
			return err
		}
	}
	return nil
}

// workOff does everything, as much at once as there are cores, the largest first.
func workOff(ctx context.Context, all []pacingWork, done func(size int)) error {
	slices.SortStableFunc(all, func(v, w pacingWork) int { return cmp.Compare(w.size, v.size) })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, w := range all {
		group.Go(func() error {
			if err := w.do(ctx); err != nil {
				return err
			}
			done(w.size)
			return nil
		})
	}
	return group.Wait()
}

func (b *pacingBench) searches() (all []pacingWork) {
	for i := range b.Cells {
		c := &b.Cells[i]
		all = append(all, pacingWork{c.Agents, func(ctx context.Context) (err error) {
			c.Ratio, err = floor.SearchRatio(ctx, c.scenario(b.Days))
			return err
		}})
	}
	return all
}

func (b *pacingBench) campaigns() (all []pacingWork) {
	for i := range b.Cells {
		c := &b.Cells[i]
		for _, m := range floor.Methods {
			counts := make([]floor.Counts, b.Seeds)
			c.Rows = append(c.Rows, pacingRow{Method: m, counts: counts})
			for seed := range counts {
				all = append(all, pacingWork{c.Agents * b.Days, func(ctx context.Context) (err error) {
					s := c.scenario(b.Days)
					s.Seed = uint64(seed + 1)
					counts[seed], err = m.Dial(ctx, s, c.Ratio)
					return err
				}})
			}
		}
	}
	return all
}

// sum works the rows out.
func (c *pacingCell) sum(days int) {
	if bound, known := floor.Bound(c.scenario(days)); known {
		c.Bound = 100 * bound
	}
	for i := range c.Rows {
		c.Rows[i].sum()
	}
}

func (r *pacingRow) sum() {
	used, rates := make([]float64, 0, len(r.counts)), make([]float64, 0, len(r.counts))
	var all floor.Counts
	for _, s := range r.counts {
		used = append(used, 100*s.Utilisation())
		rates = append(rates, 100*s.Rate())
		all.Placed += s.Placed
		all.Served += s.Served
		all.Staffed += s.Staffed
		all.BadDays += s.BadDays
	}
	r.Utilisation, r.Interval = meanOf(used)
	r.Abandoned, _ = meanOf(rates)
	r.Worst = slices.Max(rates)
	r.Qualifies = r.Worst <= 100*pacingCap
	r.PerHour = 3600 * float64(all.Served) / max(all.Staffed, 1)
	r.PerConnect = float64(all.Placed) / max(float64(all.Served), 1)
	r.BadDays = float64(all.BadDays) / float64(len(r.counts))
}

// studentT is the 97.5 % point of Student's law, by degrees of freedom from 1.
var studentT = []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093}

// meanOf returns the mean and half of its 95 % interval, 0 for a single value.
func meanOf(all []float64) (mean, half float64) {
	n := float64(len(all))
	for _, x := range all {
		mean += x / n
	}
	if len(all) < 2 {
		return mean, 0
	}
	var squares float64
	for _, x := range all {
		squares += (x - mean) * (x - mean)
	}
	t := 2.0
	if len(all)-2 < len(studentT) {
		t = studentT[len(all)-2]
	}
	return mean, t * math.Sqrt(squares/(n-1)/n)
}
