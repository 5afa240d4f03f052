package campaigns

import "time"

// Slot is a tally of the calls that were answered within an hour, or so, from At
// on.
type Slot struct {
	At time.Time
	Tally
}

// Plus adds up two tallies.
func (t Tally) Plus(o Tally) Tally {
	return Tally{t.Answered + o.Answered, t.Abandoned + o.Abandoned, t.Met + o.Met, t.Machines + o.Machines}
}

// Minus takes a tally out of another that holds it.
func (t Tally) Minus(o Tally) Tally {
	return Tally{t.Answered - o.Answered, t.Abandoned - o.Abandoned, t.Met - o.Met, t.Machines - o.Machines}
}

// Abandonments are the bounds of abandonment that the campaign follows, each with
// the rule that sets it: at least one where agents take the calls, none
// otherwise.
func (d Definition) Abandonments() []Abandonment {
	if !d.Mode.NeedsAgents() {
		return nil
	}
	var packs []Abandonment
	for _, pack := range d.Packs() {
		for _, r := range pack.Rules {
			if r.Abandon != nil && d.applies(r) {
				packs = append(packs, *r.Abandon)
			}
		}
	}
	return d.abandonment(packs)
}
