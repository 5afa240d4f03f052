package campaigns

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
	"careline/phone"
)

// The bounds of what a campaign file may say of agents, rules and caps.
const (
	mostRatio   = 10.0
	mostPerWeek = 500
	mostPer5Min = 20
	mostNamed   = 10
	none        = "none"
)

// dialing are the keys of how calls are paced and who takes them.
func (p *parser) dialing() []strict.Field {
	return []strict.Field{
		{"mode", oneOf(&p.d.Mode, "a mode", Modes())},
		{"queue", strict.Text(&p.d.Queue)},
		{"ratio", strict.Number(&p.d.Ratio, 1, mostRatio)},
		{"priority", strict.Whole(&p.d.Priority, 1, mostPriority)},
		{"share", strict.Whole(&p.d.Share, 1, mostWeight)},
		{"machine", oneOf(&p.d.Machine, "what becomes of a call that a machine answers", []Machine{MachineOff, MachineHangUp, MachineFlow})},
		{"abandon", p.abandon},
	}
}

// policy are the keys of whom to call, how often, and under which rules.
func (p *parser) policy() []strict.Field {
	return []strict.Field{
		{"rules", p.rules},
		{"purpose", oneOf(&p.d.Purpose, "a purpose", Purposes())},
		{"require_consent", truth(&p.d.RequireConsent)},
		{"holidays", p.holidays},
		{"per_day", strict.Whole(&p.d.PerDay, 0, mostPerDay)},
		{"per_week", strict.Whole(&p.d.PerWeek, 0, mostPerWeek)},
		{"per_5min", strict.Whole(&p.d.Per5Min, 0, mostPer5Min)},
		{"expires", p.expires},
		{"next_number", p.nextNumber},
	}
}

// oneOf returns a reader of one of a few words.
func oneOf[T ~string](into *T, what string, words []T) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		var s string
		if err := strict.Text(&s)(n); err != nil {
			return err
		}
		if !slices.Contains(words, T(s)) {
			return fmt.Errorf("%q is not %s; there are %s", s, what, list(words))
		}
		*into = T(s)
		return nil
	}
}

func list[T ~string](words []T) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = string(w)
	}
	return strings.Join(parts, ", ")
}

// truth returns a reader of true or false.
func truth(into *bool) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
			return fmt.Errorf("%q is neither true nor false", n.Value)
		}
		*into = n.Value == "true"
		return nil
	}
}

// percent returns a reader of a share, as 3%.
func percent(into *float64) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		digits, found := strings.CutSuffix(strings.TrimSpace(n.Value), "%")
		v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if n.Kind != yaml.ScalarNode || !found || err != nil || math.IsNaN(v) || v <= 0 || v > 100 {
			return fmt.Errorf("%q is not a share like 3%%", n.Value)
		}
		*into = v / 100
		return nil
	}
}

// abandon reads bounds of abandonment. That they are stricter than those of the
// packs is checked once the packs are known.
func (p *parser) abandon(n *yaml.Node) error {
	a := &p.d.Abandon
	p.Mapping(n, "abandon", []strict.Field{
		{"cap", percent(&a.Cap)},
		{"alarm", percent(&a.Alarm)},
		{"within", strict.Span(&a.Within, shortRing, longWait)},
		{"window", strict.Span(&a.Window, time.Hour, longRetry)},
	})
	return nil
}

// rules reads the names of packs, or none.
func (p *parser) rules(n *yaml.Node) error {
	if err := names(&p.d.Rules)(n); err != nil || slices.Contains(p.d.Rules, none) {
		return err
	}
	for _, id := range p.d.Rules {
		if _, err := PackNamed(id); err != nil {
			return err
		}
	}
	return nil
}

// holidays reads the names of calendars, or none. Whether there are such is not
// known here, as a company may have its own.
func (p *parser) holidays(n *yaml.Node) error { return names(&p.d.Holidays)(n) }

// names returns a reader of names of which none may be there twice, and of which
// none, if written, is the only one.
func names(into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if err := strict.Texts(into)(n); err != nil {
			return err
		}
		if len(*into) == 0 {
			return errors.New("is empty; write none for none")
		}
		if len(*into) > mostNamed {
			return fmt.Errorf("there are more than %d", mostNamed)
		}
		for i, name := range *into {
			if slices.Contains((*into)[:i], name) {
				return fmt.Errorf("%s is there twice", name)
			}
		}
		if len(*into) > 1 && slices.Contains(*into, none) {
			return errors.New("none stands alone, or not at all")
		}
		return nil
	}
}

// expires reads when the campaign ends. A day without a time of day is used to
// its end, at the place of zone: see whole.
func (p *parser) expires(n *yaml.Node) error {
	var s string
	if err := strict.Text(&s)(n); err != nil {
		return err
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		p.lastDay = day
		return nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return fmt.Errorf("%q is neither a day like 2026-12-31, which is used to its end, nor a time like 2026-12-31T18:00:00+08:00", s)
	}
	p.d.Expires = at.UTC()
	return nil
}

// endOfDay puts the end of the last day where the campaign is.
func (p *parser) endOfDay() error {
	if p.lastDay.IsZero() {
		return nil
	}
	place, err := phone.Location(cmp.Or(p.d.WithDefaults().Zone, "UTC"))
	if err != nil {
		return err
	}
	y, m, d := p.lastDay.Date()
	p.d.Expires = time.Date(y, m, d+1, 0, 0, 0, 0, place).UTC()
	return nil
}

// nextNumber reads after which dispositions another number of the customer is
// tried.
func (p *parser) nextNumber(n *yaml.Node) error {
	var words []string
	if err := strict.Texts(&words)(n); err != nil {
		return err
	}
	var all []Disposition
	for _, d := range append(Dispositions(), MetMachine) {
		if d.Counts() && d != Answered && d != NotKnown {
			all = append(all, d)
		}
	}
	for _, w := range words {
		if !slices.Contains(all, Disposition(w)) {
			return fmt.Errorf("%q is none after which another number may be tried; there are %s", w, list(all))
		}
		if slices.Contains(p.d.NextNumber, Disposition(w)) {
			return fmt.Errorf("%s is there twice", w)
		}
		p.d.NextNumber = append(p.d.NextNumber, Disposition(w))
	}
	return nil
}

// hours reads one window, or a list of them.
func (p *parser) hours(n *yaml.Node) error {
	h := &p.d.Hours
	if n.Kind != yaml.SequenceNode {
		p.Mapping(n, "hours", window(&h.Days, &h.From, &h.To))
		return h.Check()
	}
	if len(n.Content) == 0 || len(n.Content) > mostWindows {
		return fmt.Errorf("a list of hours has 1 to %d windows", mostWindows)
	}
	h.Windows = make([]phone.Window, len(n.Content))
	for i, item := range n.Content {
		w := &h.Windows[i]
		p.Mapping(item, "a window of hours", window(&w.Days, &w.From, &w.To))
	}
	return h.Check()
}

func window(days *[]string, from, to *string) []strict.Field {
	return []strict.Field{{"days", strict.Texts(days)}, {"from", strict.Text(from)}, {"to", strict.Text(to)}}
}
