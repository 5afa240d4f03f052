package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"careline/sim"
)

// mostHours is how many hours are drawn one by one; longer rehearsals are drawn
// by days.
const mostHours = 36

// printRehearsal draws what came of the rehearsals of several seeds, 80 columns
// wide.
func printRehearsal(w io.Writer, s sim.Summary) {
	last := s.Seeds[len(s.Seeds)-1]
	runs := fmt.Sprintf("%d runs, seeds %d to %d", len(s.Seeds), s.Seeds[0], last)
	if len(s.Seeds) == 1 {
		runs = fmt.Sprintf("one run, seed %d", last)
	}
	fmt.Fprintf(w, "Rehearsal of %s, from %s\n%s\n", cmp.Or(s.Name, s.Campaigns[0].Name), s.Start.Format("Mon 2 Jan 2006 15:04 MST"), runs)
	for _, c := range s.Campaigns {
		printRehearsed(w, s, c)
	}
	printRules(w, s)
	printHours(w, s)
	printCarried(w, s)
	printWarnings(w, s)
}

// printRehearsed draws one campaign.
func printRehearsed(w io.Writer, s sim.Summary, c sim.CampaignSummary) {
	fmt.Fprintf(w, "\n%-26s %8s  %s\n", c.Name, "mean", within(s))
	fmt.Fprintf(w, "  %-24s %8s\n", "submitted", thousands(float64(c.Submitted)))
	for _, row := range []struct {
		name  string
		n     sim.Figure
		of    string
		share sim.Figure
	}{
		{"connected", c.Connected, "of submitted", c.Reach},
		{"completed", c.Completed, "of connected", c.Completion},
		{"yes", c.Accepted, "of completed", c.Acceptance},
	} {
		fmt.Fprintf(w, "  %-24s %8s  %7.2f %% %s%s\n", row.name, thousands(row.n.Mean), 100*row.share.Mean, row.of, percents(s, row.share))
	}
	fmt.Fprintf(w, "  %-24s %8s  %7.2f a contact\n", "attempts", thousands(c.Attempts.Mean), c.Attempts.Mean/float64(max(c.Submitted, 1)))
	if c.Live.Mean > 0 {
		fmt.Fprintf(w, "  %-24s %8s  %7.2f %% abandoned%s\n", "answered by people", thousands(c.Live.Mean), 100*c.Abandonment.Mean, percents(s, c.Abandonment))
	}
	fmt.Fprintf(w, "  %-24s %s\n", "through", through(s, c))
	printShares(w, "how attempts ended", c.Dispositions)
	printShares(w, "what became of contacts", c.Contacts)
}

// within is the head of the column of intervals.
func within(s sim.Summary) string {
	if len(s.Seeds) < 2 {
		return "share"
	}
	return "share, and where it lies (95 %)"
}

// percents is the interval of a share.
func percents(s sim.Summary, f sim.Figure) string {
	if len(s.Seeds) < 2 {
		return ""
	}
	return fmt.Sprintf(", %.2f to %.2f", 100*f.Low, 100*f.High)
}

// through says when a campaign has no contact left to call.
func through(s sim.Summary, c sim.CampaignSummary) string {
	at := func(t time.Time) string { return t.In(s.Start.Location()).Format("Mon 2 Jan 15:04") }
	switch n := len(c.FinishedAt); {
	case n == 0:
		return "not within the time"
	case n == 1 || c.FinishedAt[0].Equal(c.FinishedAt[n-1]):
		return at(c.FinishedAt[0])
	default:
		return at(c.FinishedAt[0]) + " to " + at(c.FinishedAt[n-1])
	}
}

// printShares draws counts as bars, the most first.
func printShares[K ~string](w io.Writer, head string, counts map[K]sim.Figure) {
	sum := 0.0
	for _, f := range counts {
		sum += f.Mean
	}
	fmt.Fprintf(w, "\n  %s\n", head)
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		return cmp.Or(cmp.Compare(counts[b].Mean, counts[a].Mean), cmp.Compare(a, b))
	})
	for _, k := range keys {
		share := counts[k].Mean / max(sum, 1)
		fmt.Fprintf(w, "    %-20s %s %8s  %5.1f %%\n", k, bar(share), thousands(counts[k].Mean), 100*share)
	}
}

// printRules tells which rules held attempts.
func printRules(w io.Writer, s sim.Summary) {
	if len(s.Held) == 0 {
		return
	}
	fmt.Fprint(w, "\nRules that held attempts (times that a contact was put back)\n")
	for _, rule := range slices.SortedFunc(maps.Keys(s.Held), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Held[b].Mean, s.Held[a].Mean), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(w, "    %-20s %8s\n", rule, thousands(s.Held[rule].Mean))
	}
}

// printHours draws calls by the hour, or by the day.
func printHours(w io.Writer, s sim.Summary) {
	hours := slices.DeleteFunc(slices.Clone(s.Hours), func(h sim.HourSummary) bool { return h.Calls == 0 })
	layout, what := "Mon 2 Jan 15:04", "hour"
	if len(hours) > mostHours {
		hours, layout, what = byDay(hours, s.Start.Location()), "Mon 2 Jan", "day"
	}
	most := 1.0
	for _, h := range hours {
		most = max(most, h.Calls)
	}
	agents := ""
	if slices.ContainsFunc(hours, func(h sim.HourSummary) bool { return h.Staffed > 0 }) {
		agents = "   busy   lost"
	}
	fmt.Fprintf(w, "\n%-47s %8s %9s%s\n", "Calls by the "+what, "calls", "answered", agents)
	for _, h := range hours {
		fmt.Fprintf(w, "  %-16s %s %8s %9s%s\n", h.From.In(s.Start.Location()).Format(layout), bar(h.Calls/most),
			thousands(h.Calls), thousands(h.Answered), atWork(h))
	}
}

// atWork tells of agents in an hour, where there are any.
func atWork(h sim.HourSummary) string {
	if h.Staffed == 0 {
		return ""
	}
	return fmt.Sprintf("  %3.0f %% %4.1f %%", 100*h.Busy/h.Staffed, 100*h.Abandoned/max(h.Live, 1))
}

// byDay adds hours up.
func byDay(hours []sim.HourSummary, at *time.Location) []sim.HourSummary {
	var list []sim.HourSummary
	for _, h := range hours {
		y, m, d := h.From.In(at).Date()
		from := time.Date(y, m, d, 0, 0, 0, 0, at)
		if len(list) == 0 || !list[len(list)-1].From.Equal(from) {
			list = append(list, sim.HourSummary{From: from})
		}
		list[len(list)-1].Add(h)
	}
	return list
}

// printCarried tells what trunks carried.
func printCarried(w io.Writer, s sim.Summary) {
	fmt.Fprint(w, "\nTrunks (the most of all runs)\n")
	for _, t := range s.Trunks {
		fmt.Fprintf(w, "  %-16s %8s calls; at once %d of %d; in a second %d of %g\n",
			t.Name, thousands(float64(t.Calls)), t.MostAtOnce, t.Lines, t.Fastest, t.PerSecond)
	}
}

func printWarnings(w io.Writer, s sim.Summary) {
	for i, text := range s.Warnings {
		if i == 0 {
			fmt.Fprint(w, "\nTo be looked at\n")
		}
		fmt.Fprint(w, hang("  - ", text, 80))
	}
}

// thousands writes a whole number with commas.
func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
