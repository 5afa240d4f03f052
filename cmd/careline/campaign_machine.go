package main

import (
	"fmt"
	"io"
	"time"

	"careline/campaigns"
)

// recognising is how much of the time from the answer a campaign needs at least
// that tells people from machines before agents are connected.
const recognising = 5 * time.Second

// tellMachine warns of a campaign that asks who answered while its rules count from
// the answer: the time is mostly over when that is known.
func tellMachine(out io.Writer, d campaigns.Definition) {
	d = d.WithDefaults()
	if d.Machine == campaigns.MachineOff {
		return
	}
	for _, a := range d.Abandonments() {
		if a.From == campaigns.FromAnswer && a.Within > 0 && a.Within < recognising {
			fmt.Fprint(out, hang("Warning: ", fmt.Sprintf("machine: %s: rule %s has an agent there %s after the answer, and people are told from machines by "+
				"their first words, which take a second and more, by Twilio four: about a third of the people who answer would be abandoned, by Twilio all. Write machine: off",
				d.Machine, a.Rule, a.Within), terminalWidth(out)))
			return
		}
	}
}
