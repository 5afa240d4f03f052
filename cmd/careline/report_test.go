package main

import (
	"strings"
	"testing"

	"careline/campaigns"
)

// All attempts are accounted for while some are in progress.
func TestReportTellsOfAttemptsInProgress(t *testing.T) {
	for want, f := range map[string]campaigns.Funnel{
		"3 attempts: in progress 3":         {Attempts: 3, Open: 3},
		"3 attempts: busy 2, in progress 1": {Attempts: 3, Open: 1, ByDisposition: map[campaigns.Disposition]int{campaigns.Busy: 2}},
		"2 attempts: busy 2\n":              {Attempts: 2, ByDisposition: map[campaigns.Disposition]int{campaigns.Busy: 2}},
		"0 attempts: none\n":                {},
	} {
		var b strings.Builder
		printFunnel(&b, campaigns.Campaign{}, f)
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report says\n%s\nwant %q", b.String(), want)
		}
	}
}
