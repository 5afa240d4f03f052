package agents

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Defaults of a queue.
const (
	DefaultMaxWaiting = 50
	DefaultRingTime   = 15 * time.Second
	DefaultWrapUp     = 10 * time.Second
)

// WithDefaults fills in what is not set. A negative WrapUp means none.
func (q Queue) WithDefaults() Queue {
	q.MaxWaiting = cmp.Or(q.MaxWaiting, DefaultMaxWaiting)
	q.RingTime = cmp.Or(q.RingTime, DefaultRingTime)
	q.WrapUp = max(cmp.Or(q.WrapUp, DefaultWrapUp), 0)
	return q
}

// Check tells what is wrong with a roster of agents and queues: names twice,
// teams that nobody serves, queues that an agent names and nobody has.
func Check(people []Agent, queues []Queue) error {
	var errs []error
	teams, names, dialed := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	extension := func(path, ext string) {
		if ext != "" && dialed[ext] {
			errs = append(errs, fmt.Errorf("%s.extension: %q is there twice", path, ext))
		}
		dialed[ext] = true
	}
	for i, a := range people {
		switch {
		case a.Name == "":
			errs = append(errs, fmt.Errorf("agents[%d].name: is empty", i))
		case names[a.Name]:
			errs = append(errs, fmt.Errorf("agents[%d].name: %q is there twice", i, a.Name))
		}
		if err := a.checkNumber(); err != nil {
			errs = append(errs, fmt.Errorf("agents[%d].%w", i, err))
		}
		names[a.Name], teams[a.Team] = true, true
		extension(fmt.Sprintf("agents[%d]", i), a.Extension)
	}
	known := make(map[string]bool)
	for i, q := range queues {
		switch {
		case q.Name == "":
			errs = append(errs, fmt.Errorf("queues[%d].name: is empty", i))
		case known[q.Name]:
			errs = append(errs, fmt.Errorf("queues[%d].name: %q is there twice", i, q.Name))
		case !teams[q.Team]:
			errs = append(errs, fmt.Errorf("queues[%d].team: nobody is in team %q", i, q.Team))
		}
		known[q.Name] = true
		extension(fmt.Sprintf("queues[%d]", i), q.Extension)
	}
	for i, a := range people {
		for _, q := range a.Queues {
			if !known[q] {
				errs = append(errs, fmt.Errorf("agents[%d].queues: there is no queue %q", i, q))
			}
		}
	}
	return errors.Join(errs...)
}
