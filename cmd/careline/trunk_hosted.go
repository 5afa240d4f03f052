package main

import (
	"context"
	"fmt"
	"slices"

	"careline/sip"
	"careline/twilio"
)

// hosted examines a trunk by Twilio: what can be asked without a call. It reports
// false where the trunk is of another kind.
func (c *trunkTestCmd) hosted(a *app, tell func(sip.Finding)) (bool, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(cfg.Trunks, func(t trunkConfig) bool { return t.Name == c.Name && t.Kind == twilioKind }) {
		return false, nil
	}
	if c.Number != "" || c.CallerID != "" {
		return true, fmt.Errorf("%w: --number and --caller-id: a trunk of kind twilio is tested without a call; "+
			"put your own number on a list, and start a campaign with it", errUsage)
	}
	return true, examineHosted(a.ctx, cfg, c.Name, tell)
}

// examineHosted asks Twilio about a trunk, beside a service that may run.
func examineHosted(ctx context.Context, cfg config, name string, tell func(sip.Finding)) error {
	o, err := cfg.twilioOptions()
	if err != nil {
		return err
	}
	carrier, err := twilio.New(o)
	if err != nil {
		return fmt.Errorf("open Twilio: %w", err)
	}
	for _, f := range carrier.Test(ctx, name) {
		tell(findingOf(f))
	}
	return nil
}

// findingOf is what was found about a trunk by Twilio, as commands print it.
func findingOf(f twilio.Finding) sip.Finding {
	mark := sip.Good
	switch {
	case f.Problem != "" && f.Warning:
		mark = sip.Note
	case f.Problem != "":
		mark = sip.Bad
	}
	return sip.Finding{Step: "twilio", Mark: mark, Text: f.What, Advice: f.Problem}
}
