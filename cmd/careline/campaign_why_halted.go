package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"careline/campaigns"
)

// halted looks for what keeps the campaign from dialing anybody at all, beside its
// trunks: its state, a stop of all campaigns, no service.
func (w why) halted(ctx context.Context, v *contactWhy) error {
	whole := campaignWhy{Name: w.campaign.Name, State: w.campaign.State}
	if err := w.service(ctx, &whole); err != nil {
		return err
	}
	for _, cause := range []func(time.Time) finding{whole.byState, whole.byStop, whole.byService} {
		if f := cause(w.now); f.because != "" {
			v.Halted, v.Advice = f.because, f.advice
			v.ended = whole.State == campaigns.Stopped || whole.State == campaigns.Finished
			break
		}
	}
	for i, c := range v.Checks {
		if c.Rule == campaigns.RuleCampaign && !c.Passed && v.Halted != "" {
			v.Checks[i].Detail = v.Halted
		}
	}
	return nil
}

// printHalted says why nobody of the campaign is called, whatever the rules say.
func (v contactWhy) printHalted(out io.Writer, width int) {
	const lead = "Nobody is called meanwhile: "
	if v.Halted == "" {
		printDown(out, lead, v.Down)
		return
	}
	fmt.Fprint(out, hang(lead, v.Halted, width))
	if v.Advice != "" {
		fmt.Fprint(out, hang("What to do: ", v.Advice, width))
	}
}

// held tells whether a rule holds the contact.
func (v contactWhy) held(rule string) bool {
	return slices.ContainsFunc(v.Checks, func(c campaigns.Check) bool { return c.Rule == rule && !c.Passed })
}

// whenItRuns says when the contact can be called of a campaign that does not run.
func (v contactWhy) whenItRuns(now time.Time) string {
	const runs = "once the campaign runs"
	if v.ended {
		return "It will not be called: " + v.Halted + "."
	}
	if v.Next.After(now) {
		return "It may be called from " + at(v.Next, v.places) + ", " + runs + "."
	}
	return "It may be called " + runs + "."
}
