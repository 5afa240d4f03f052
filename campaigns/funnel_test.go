package campaigns_test

import (
	"fmt"
	"strings"
	"testing"

	"careline/campaigns"
)

// TestFunnelOfTheReport builds the report that the product is measured by from
// single contacts.
func TestFunnelOfTheReport(t *testing.T) {
	const submitted, connected, completed, accepted = 22_171, 16_229, 14_259, 12_329
	d := campaigns.Definition{Complete: []string{"q"}, Success: map[string][]string{"q": {"1"}}}
	f := campaigns.NewFunnel()
	for i := range submitted {
		switch {
		case i < accepted:
			f.AddContact(d, campaigns.Completed, true, map[string]string{"q": "1"})
		case i < completed:
			f.AddContact(d, campaigns.Completed, true, map[string]string{"q": "2"})
		case i < connected:
			f.AddContact(d, campaigns.Partial, true, nil)
		default:
			f.AddContact(d, campaigns.Exhausted, false, nil)
			f.AddAttempts(campaigns.NoAnswer, 1)
		}
	}
	f.AddAttempts(campaigns.Answered, connected)
	f.AddAttempts("", 2)
	if err := f.Check(); err != nil {
		t.Error(err)
	}
	got := fmt.Sprintf("%d %d %d %d %.2f %.2f %.2f", f.Submitted, f.Connected, f.Completed, f.Accepted,
		100*f.ConnectedShare(), 100*f.CompletedShare(), 100*f.AcceptedShare())
	if want := "22171 16229 14259 12329 73.20 87.86 86.46"; got != want {
		t.Errorf("funnel = %s; want %s", got, want)
	}
	if f.Answers["q"]["1"] != accepted || f.Answers["q"]["2"] != completed-accepted {
		t.Errorf("answers = %v; want %d and %d", f.Answers, accepted, completed-accepted)
	}
}

func TestFunnelCheck(t *testing.T) {
	for want, spoil := range map[string]func(f *campaigns.Funnel){
		"contacts by state: 1, but submitted: 2":               func(f *campaigns.Funnel) { f.Submitted++ },
		"attempts by disposition and open: 2, but attempts: 3": func(f *campaigns.Funnel) { f.Attempts++ },
		"connected: 2, but submitted: 1":                       func(f *campaigns.Funnel) { f.Connected++ },
		"completed: 2, but connected: 1":                       func(f *campaigns.Funnel) { f.Completed++ },
		"accepted: 2, but completed: 1":                        func(f *campaigns.Funnel) { f.Accepted++ },
		"accepted: -1, but completed: 1":                       func(f *campaigns.Funnel) { f.Accepted = -1 },
		"answer to q: 2, but connected: 1":                     func(f *campaigns.Funnel) { f.Answers["q"]["9"]++ },
	} {
		f := campaigns.NewFunnel()
		d := campaigns.Definition{Success: map[string][]string{"q": {"1"}}}
		f.AddContact(d, campaigns.Completed, true, map[string]string{"q": "1"})
		f.AddAttempts(campaigns.Busy, 1)
		f.AddAttempts("", 1)
		if err := f.Check(); err != nil {
			t.Fatalf("Check before = %v; want nil", err)
		}
		spoil(f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check = %v; want %q", err, want)
		}
	}
}

func TestFunnelOfNothing(t *testing.T) {
	f := campaigns.NewFunnel()
	if f.Check() != nil || f.ConnectedShare() != 0 || f.AcceptedShare() != 0 {
		t.Errorf("an empty funnel: %v, %v; want no error and shares of 0", f.Check(), f.ConnectedShare())
	}
}
