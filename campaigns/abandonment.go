package campaigns

import (
	"cmp"
	"fmt"
	"time"
)

// The bounds of abandonment where no pack gives any.
const (
	plainCap    = 0.03
	plainWithin = 2 * time.Second
	plainWindow = 24 * time.Hour
)

// abandonment makes the packs' bounds as strict as the definition asks, and puts
// a plain one where there is none. A window of the definition's own is a bound
// beside them.
func (d Definition) abandonment(packs []Abandonment) []Abandonment {
	a, list := d.Abandon, []Abandonment(nil)
	for _, p := range packs {
		p.Cap = stricter(p.Cap, a.Cap)
		p.Alarm = stricter(p.Alarm, a.Alarm)
		p.Within = stricter(p.Within, a.Within)
		list = append(list, p)
	}
	if len(list) > 0 && a.Window == 0 {
		return list
	}
	return append(list, Abandonment{
		Rule: RuleAbandon, Of: LiveAnswers, From: FromGreetingEnd,
		Within: cmp.Or(a.Within, plainWithin), Window: cmp.Or(a.Window, plainWindow),
		Cap: cmp.Or(a.Cap, plainCap), Alarm: cmp.Or(a.Alarm, a.Cap, plainCap), Message: []string{"name", "number"},
	})
}

func stricter[T float64 | time.Duration](law, own T) T {
	if own > 0 {
		return min(law, own)
	}
	return law
}

// Tally is what the share of abandoned calls is read from, within one window.
type Tally struct {
	Answered  int // calls that a person answered, abandoned ones among them
	Abandoned int // of those, no agent was there in time
	Met       int // live calls that reached an agent
	Machines  int // calls that reached an agent, who met a machine
}

// Rate is the share of abandoned calls as the rule counts it: 0 before the first
// answer.
func (a Abandonment) Rate(t Tally) float64 {
	abandoned, of := float64(t.Abandoned), float64(t.Answered)
	if a.Of == OfcomACR {
		if all := t.Met + t.Machines; all > 0 {
			abandoned *= 1 - float64(t.Machines)/float64(all)
		}
		of = abandoned + float64(t.Met)
	}
	if of <= 0 {
		return 0
	}
	return abandoned / of
}

// Since is when the window begins that now is in, for a campaign that started at
// start.
func (a Abandonment) Since(start, now time.Time) time.Time {
	if !a.Successive || a.Window <= 0 {
		return now.Add(-a.Window)
	}
	return start.Add(now.Sub(start).Truncate(a.Window))
}

// Agrees tells whether the definition asks no less than its packs do.
func (d Definition) Agrees() error {
	for _, r := range d.RulesOf() {
		if r.Abandon == nil {
			continue
		}
		if a, law := d.Abandon, r.Abandon; a.Cap > law.Cap || a.Alarm > law.Alarm || a.Within > law.Within {
			return fmt.Errorf("abandon: it may only be stricter than %s, which has cap %.3g%%, alarm %.3g%%, within %v",
				r.ID, law.Cap*100, law.Alarm*100, law.Within)
		}
	}
	return nil
}
