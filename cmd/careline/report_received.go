package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"careline/campaigns"
	"careline/store"
)

// receivedReport is how those who answered a campaign with agents were received.
type receivedReport struct {
	Answered  int            `json:"answered"`
	Machines  int            `json:"machines"`
	Live      int            `json:"live"`
	Taken     int            `json:"taken"`
	Abandoned int            `json:"abandoned"`
	Messages  int            `json:"messages"`
	OptedOut  int            `json:"opted_out"`
	WaitMS    int64          `json:"mean_wait_ms"`
	Rules     []rateReport   `json:"rules"`
	Hours     []hourReceived `json:"hours"`
}

// rateReport is the share of abandoned calls as one rule counts it.
type rateReport struct {
	Rule   string    `json:"rule"`
	Since  time.Time `json:"since"`
	Rate   float64   `json:"rate"`
	Cap    float64   `json:"cap"`
	Within bool      `json:"within"`
}

type hourReceived struct {
	From      time.Time `json:"from"`
	Live      int       `json:"live"`
	Taken     int       `json:"taken"`
	Abandoned int       `json:"abandoned"`
	Machines  int       `json:"machines"`
}

// received reads how callees were received; nil where no agents take the calls,
// nor ever did.
func received(ctx context.Context, s *store.Store, c campaigns.Campaign, now time.Time) (*receivedReport, error) {
	hours, err := s.Received(ctx, c.ID, time.Time{})
	if err != nil {
		return nil, err
	}
	var all campaigns.Received
	r := &receivedReport{Rules: []rateReport{}, Hours: []hourReceived{}}
	for _, h := range hours {
		all = all.Plus(h)
		r.Hours = append(r.Hours, hourReceived{h.From, h.Live, h.Taken, h.Abandoned, h.Machines})
	}
	if !c.Mode.NeedsAgents() && all.Live+all.Machines == 0 {
		return nil, nil //nolint:nilnil // there is nothing to tell
	}
	r.Answered, r.Machines, r.Live, r.Taken = all.Answered, all.Machines, all.Live, all.Taken
	r.Abandoned, r.Messages, r.OptedOut = all.Abandoned, all.Messages, all.OptedOut
	r.WaitMS = all.Wait.Milliseconds() / int64(max(all.Taken, 1))
	for _, a := range c.Abandonments() {
		rate, err := rateBy(ctx, s, c, a, now)
		if err != nil {
			return nil, err
		}
		r.Rules = append(r.Rules, rate)
	}
	return r, nil
}

// rateBy is the share of abandoned calls of one rule, within its window.
func rateBy(ctx context.Context, s *store.Store, c campaigns.Campaign, a campaigns.Abandonment, now time.Time) (rateReport, error) {
	since := a.Since(c.StartedAt, now)
	hours, err := s.Received(ctx, c.ID, since)
	var all campaigns.Received
	for _, h := range hours {
		all = all.Plus(h)
	}
	rate := a.Rate(all.Tally())
	return rateReport{Rule: a.Rule, Since: since, Rate: rate, Cap: a.Cap, Within: rate <= a.Cap}, err
}

// print shows it.
func (r *receivedReport) print(w io.Writer) {
	if r == nil {
		return
	}
	text := fmt.Sprintf("%d met an agent, after %s on average; %d met none, of whom %d heard the message; %d asked not to be called; machines %d",
		r.Taken, seconds(time.Duration(r.WaitMS)*time.Millisecond), r.Abandoned, r.Messages, r.OptedOut, r.Machines)
	fmt.Fprint(w, hang(fmt.Sprintf("  people %d: ", r.Live), text, terminalWidth(w)))
	for _, rule := range r.Rules {
		verdict := "within"
		if !rule.Within {
			verdict = "OVER"
		}
		fmt.Fprintf(w, "  abandoned by rule %s since %s: %.2f %%, %s its cap of %.2f %%\n",
			rule.Rule, rule.Since.Local().Format("2006-01-02 15:04"), 100*rule.Rate, verdict, 100*rule.Cap)
	}
	for _, h := range r.Hours {
		share := 0.0
		if h.Live > 0 {
			share = float64(h.Abandoned) / float64(h.Live)
		}
		fmt.Fprintf(w, "  %s  people %4d  agent %4d  none %4d (%.2f %%)  machines %4d\n",
			h.From.Local().Format("2006-01-02 15:00"), h.Live, h.Taken, h.Abandoned, 100*share, h.Machines)
	}
}
