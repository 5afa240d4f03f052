package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"careline/campaigns"
	"careline/store"
)

// downTrunks says why no trunk of a campaign can be used now: one line a trunk
// and node; empty: one is up, or no service has told of any.
func downTrunks(ctx context.Context, s *store.Store, names []string, now time.Time) ([]string, error) {
	list, err := s.Trunks(ctx, now)
	if err != nil {
		return nil, err
	}
	var down []string
	for _, t := range list {
		switch {
		case t.Stale || !slices.Contains(names, t.Name):
		case t.Up:
			return nil, nil
		default:
			down = append(down, t.Name+": "+t.Why)
		}
	}
	slices.Sort(down)
	return slices.Compact(down), nil
}

// printDown says that a campaign places no calls, for its trunks are down.
func printDown(out io.Writer, what string, down []string) {
	if len(down) > 0 {
		fmt.Fprint(out, hang(what, "no trunk is up: "+strings.Join(down, "; "), terminalWidth(out)))
	}
}

// printStatuses prints a table of campaigns, or sentences where that is too wide.
func printStatuses(out io.Writer, list []campaignStatus) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "campaign\tstate\tcontacts\tto call\tattempts\tconnected\tcompleted\taccepted\tunknown")
	for _, v := range list {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n",
			v.Name, v.State, v.Submitted, v.toCall(), v.Attempts, v.Connected, v.Completed, v.Accepted, v.Unknown)
	}
	_ = w.Flush() // a Builder takes all
	head, _, _ := strings.Cut(b.String(), "\n")
	if width := terminalWidth(out); width == 0 || len([]rune(head)) <= width {
		fmt.Fprint(out, b.String())
		return
	}
	for _, v := range list {
		fmt.Fprint(out, hang(v.Name+": ", v.words(), terminalWidth(out)))
	}
}

// toCall is how many contacts are yet to be called; of a campaign that has ended,
// only those whose calls still run.
func (v campaignStatus) toCall() int {
	if v.State == campaigns.Stopped || v.State == campaigns.Finished {
		return v.Dialing
	}
	return v.Pending + v.Dialing
}

// words are the figures of a campaign in a sentence.
func (v campaignStatus) words() string {
	text := fmt.Sprintf("%s; %d contacts, %d to call; %d attempts, %d connected, %d completed, %d accepted",
		v.State, v.Submitted, v.toCall(), v.Attempts, v.Connected, v.Completed, v.Accepted)
	if v.Unknown > 0 {
		text += fmt.Sprintf(", %d unknown", v.Unknown)
	}
	return text
}
