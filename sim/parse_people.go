package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
)

const mostFactor = 100

// people reads how those who are called behave.
func (p *parser) people(into *People) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		return strict.Each(n, func(item *yaml.Node) error {
			m := DefaultPeople()[0]
			p.manner(item, &m)
			if wrong := m.check(); wrong != "" {
				p.Fail(item, "people", errors.New(wrong))
			}
			for _, other := range *into {
				if other.Segment == m.Segment {
					p.Fail(item, "people", fmt.Errorf("segment %q is there twice", m.Segment))
				}
			}
			*into = append(*into, m)
			return nil
		})
	}
}

// manner reads one manner: what it does not say is as of DefaultPeople.
func (p *parser) manner(n *yaml.Node, m *Manner) {
	p.Mapping(n, "people", []strict.Field{
		{"segment", strict.Text(&m.Segment)},
		{"invalid", chance(&m.Invalid)},
		{"absent", chance(&m.Absent)},
		{"answers", chance(&m.Answers)},
		{"busy", chance(&m.Busy)},
		{"off", chance(&m.Off)},
		{"refuses", chance(&m.Refuses)},
		{"machine", chance(&m.Machine)},
		{"by_attempt", func(n *yaml.Node) error { return factors(n, &m.ByAttempt) }},
		{"by_hour", func(n *yaml.Node) error { return byHour(n, &m.ByHour) }},
		{"by_day", func(n *yaml.Node) error { return byDay(n, &m.ByDay) }},
		{"picks_up", p.law(&m.PicksUp)},
		{"think", p.law(&m.Think)},
		{"asked", func(n *yaml.Node) error { return p.asked(n, m) }},
	})
}

func factors(n *yaml.Node, into *[]float64) error {
	*into = nil
	return strict.Each(n, func(item *yaml.Node) error {
		var f float64
		err := strict.Number(&f, 0, mostFactor)(item)
		*into = append(*into, f)
		return err
	})
}

func byHour(n *yaml.Node, into *map[int]float64) error {
	*into = map[int]float64{}
	return strict.Pairs(n, func(key string, value *yaml.Node) error {
		hour, err := strconv.Atoi(key)
		if err != nil || hour < 0 || hour > 23 {
			return errors.New("is not an hour from 0 to 23")
		}
		var f float64
		err = strict.Number(&f, 0, mostFactor)(value)
		(*into)[hour] = f
		return err
	})
}

func byDay(n *yaml.Node, into *map[string]float64) error {
	*into = map[string]float64{}
	return strict.Pairs(n, func(key string, value *yaml.Node) error {
		if !slices.Contains(days, key) {
			return fmt.Errorf("is not one of %s", strings.Join(days, ", "))
		}
		var f float64
		err := strict.Number(&f, 0, mostFactor)(value)
		(*into)[key] = f
		return err
	})
}

// asked reads what is done at nodes of flows; "any" is any other.
func (p *parser) asked(n *yaml.Node, m *Manner) error {
	m.Asked = maps.Clone(m.Asked)
	return strict.Pairs(n, func(key string, value *yaml.Node) error {
		if key == "any" {
			key = ""
		}
		r := Reply{}
		p.Mapping(value, "what people do when they are asked", []strict.Field{
			{"hangs_up", chance(&r.HangsUp)},
			{"silent", chance(&r.Silent)},
			{"barges_in", chance(&r.BargesIn)},
			{"presses", chances(&r.Presses)},
		})
		m.Asked[key] = r
		return nil
	})
}
