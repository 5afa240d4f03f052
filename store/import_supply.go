package store

import (
	"context"
	"iter"

	"careline/campaigns"
)

// supply hands on rows in batches, while the next ones are read. Never more than
// some batches of it are in memory.
type supply struct {
	given   <-chan struct{} // closed when the import is called off
	batches chan []campaigns.Customer
	err     error // why rows ended, once batches is closed
	cancel  context.CancelFunc
	back    [][]campaigns.Customer // batches that were put back
}

// batchesAhead is how many batches are read before they are asked for.
const batchesAhead = 4

// newSupply begins to read rows, in batches of n.
func newSupply(given context.Context, rows iter.Seq2[campaigns.Customer, error], n int) *supply {
	ctx, cancel := context.WithCancel(given)
	p := &supply{given: given.Done(), batches: make(chan []campaigns.Customer, batchesAhead), cancel: cancel}
	go func() {
		defer close(p.batches)
		p.err = p.read(ctx, rows, n)
	}()
	return p
}

func (p *supply) read(ctx context.Context, rows iter.Seq2[campaigns.Customer, error], n int) error {
	batch := make([]campaigns.Customer, 0, n)
	for c, err := range rows {
		if err != nil {
			return err
		}
		if batch = append(batch, tidy(c)); len(batch) < n {
			continue
		}
		if err := p.hand(ctx, batch); err != nil {
			return err
		}
		batch = make([]campaigns.Customer, 0, n)
	}
	if len(batch) == 0 {
		return ctx.Err()
	}
	return p.hand(ctx, batch)
}

func (p *supply) hand(ctx context.Context, batch []campaigns.Customer) error {
	select {
	case p.batches <- batch:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next returns the next batch; an empty one is the end.
func (p *supply) next(ctx context.Context) ([]campaigns.Customer, error) {
	if len(p.back) > 0 {
		batch := p.back[0]
		p.back = p.back[1:]
		return batch, nil
	}
	select {
	case batch, more := <-p.batches:
		if more {
			return batch, nil
		}
		return nil, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stop ends the reading and waits until it has ended, unless the import itself was
// called off: rows that come by a pipe may be long in coming, and whoever closes it
// ends the reading too.
func (p *supply) stop() {
	p.cancel()
	for {
		select {
		case _, more := <-p.batches:
			if !more {
				return
			}
		case <-p.given:
			return
		}
	}
}
