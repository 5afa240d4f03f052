package sim

import (
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
	"careline/phone"
)

// Staff are agents who serve one queue.
type Staff struct {
	Queue  string
	Count  int
	Shifts []phone.Hours // when they are there, at the rehearsal's place; none: always
	Every  time.Duration // of work, then a break; 0: none
	Break  Law
	Talk   Law
	WrapUp Law
}

// DefaultStaff is as many agents of a queue, as call centres mostly have them.
func DefaultStaff(queue string, count int) Staff {
	return Staff{
		Queue: queue, Count: count, Every: 2 * time.Hour, Break: Law{Mean: 10 * time.Minute, CV: 0.3},
		Talk:   Law{Mean: 150 * time.Second, CV: 1, Least: 5 * time.Second, Most: 30 * time.Minute},
		WrapUp: Law{Mean: 30 * time.Second, CV: 0.5, Least: time.Second, Most: 5 * time.Minute},
	}
}

// staff reads who takes calls.
func (s *scripted) staff(n *yaml.Node) error {
	return strict.Each(n, func(item *yaml.Node) error {
		a := DefaultStaff("", 0)
		s.Mapping(item, "agents", []strict.Field{
			{"queue", strict.Text(&a.Queue)},
			{"count", strict.Whole(&a.Count, 1, 10_000)},
			{"shifts", func(n *yaml.Node) error { return s.shifts(n, &a.Shifts) }},
			{"break_every", span(&a.Every)},
			{"break", s.law(&a.Break)},
			{"talk", s.law(&a.Talk)},
			{"wrap_up", s.law(&a.WrapUp)},
		})
		if a.Queue == "" || a.Count == 0 {
			s.Fail(item, "agents", errors.New("queue and count are both needed"))
		}
		s.script.Setup.Staff = append(s.script.Setup.Staff, a)
		return nil
	})
}

func (s *scripted) shifts(n *yaml.Node, into *[]phone.Hours) error {
	return strict.Each(n, func(item *yaml.Node) error {
		var h phone.Hours
		s.Mapping(item, "a shift", []strict.Field{
			{"days", func(n *yaml.Node) error {
				return strict.Each(n, func(day *yaml.Node) error { h.Days = append(h.Days, day.Value); return nil })
			}},
			{"from", strict.Text(&h.From)},
			{"to", strict.Text(&h.To)},
		})
		if err := h.Check(); err != nil {
			return fmt.Errorf("line %d: %w", item.Line, err)
		}
		*into = append(*into, h)
		return nil
	})
}
