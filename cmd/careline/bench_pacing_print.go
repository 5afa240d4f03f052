package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"careline/sim/floor"
)

// What is wanted of the policy, in points of utilisation.
const (
	wantedBehindMean = -0.3 // of all cells, less the reference
	wantedBehind     = -1.0 // of each cell
)

// print writes the tables.
func (b *pacingBench) print(w io.Writer) {
	fmt.Fprintf(w, "Utilisation of agents in %%, with the 95 %% interval over %d campaigns of %d days of 8 hours,\n", b.Seeds, b.Days)
	fmt.Fprintf(w, "and in brackets the live answers that were abandoned in %%.\n")
	fmt.Fprintf(w, "* one of the campaigns abandoned more than %.2f %%: the method does not qualify.\n", 100*pacingCap)
	b.Machine.print(w)
	for _, group := range b.groups() {
		printGroup(w, group)
	}
	fmt.Fprintf(w, "\nreference: is told the laws of ringing, talking and wrap-up, and the chance of an answer to begin with.\n")
	fmt.Fprintf(w, "best idle ratio: lines for each idle agent, searched on other campaigns: %s.\n", b.ratios())
	fmt.Fprintf(w, "upper bound: %s.\n\n", b.Bound)
	b.judge(w)
	fmt.Fprintf(w, "Took %.0f s.\n", b.Seconds)
}

// groups are the cells of each table.
func (b *pacingBench) groups() (all [][]pacingCell) {
	for i, c := range b.Cells {
		if i == 0 || c.P != b.Cells[i-1].P || c.Drift != b.Cells[i-1].Drift {
			all = append(all, nil)
		}
		last := len(all) - 1
		all[last] = append(all[last], c)
	}
	return all
}

func printGroup(w io.Writer, cells []pacingCell) {
	law := "static"
	if cells[0].Drift {
		law = "drifting"
	}
	printLine(w, fmt.Sprintf("\n%-26s", fmt.Sprintf("p = %g, %s", cells[0].P, law)), cells, func(c pacingCell) string {
		return fmt.Sprintf("N = %d", c.Agents)
	})
	for i, m := range floor.Methods {
		printLine(w, fmt.Sprintf("  %-24s", m), cells, func(c pacingCell) string { return c.Rows[i].String() })
	}
	printLine(w, fmt.Sprintf("  %-24s", "upper bound"), cells, func(c pacingCell) string {
		if c.Bound == 0 {
			return ""
		}
		return fmt.Sprintf("%.1f", c.Bound)
	})
}

func printLine(w io.Writer, name string, cells []pacingCell, column func(pacingCell) string) {
	line := name
	for _, c := range cells {
		line += fmt.Sprintf("%-21s", column(c))
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// String is a row as it stands in the table.
func (r pacingRow) String() string {
	mark := ""
	if !r.Qualifies {
		mark = "*"
	}
	return fmt.Sprintf("%.1f ±%.1f (%.2f)%s", r.Utilisation, r.Interval, r.Abandoned, mark)
}

func (b *pacingBench) ratios() string {
	all := make([]string, len(b.Cells))
	for i, c := range b.Cells {
		all[i] = fmt.Sprintf("%g", c.Ratio)
	}
	return strings.Join(all, " ")
}

// row is what a method made of the cell.
func (c *pacingCell) row(m floor.Method) pacingRow {
	return c.Rows[slices.Index(floor.Methods, m)]
}

// judge says what was wanted and whether it was met.
func (b *pacingBench) judge(w io.Writer) {
	sum, least, worst, lead := 0.0, math.Inf(1), 0.0, math.Inf(1)
	for i := range b.Cells {
		c := &b.Cells[i]
		ours := c.row(floor.Learner)
		behind := ours.Utilisation - c.row(floor.Reference).Utilisation
		sum, least, worst = sum+behind, min(least, behind), max(worst, ours.Worst)
		for _, m := range floor.Methods[2:] {
			lead = min(lead, ours.Utilisation-c.row(m).Utilisation)
		}
	}
	mean := sum / float64(len(b.Cells))
	row(w, "mean, less the reference", "%+.2f points (wanted: at least %+.1f)  %s", mean, wantedBehindMean, metOrMissed(mean >= wantedBehindMean))
	row(w, "the cell where that is least", "%+.2f points (wanted: at least %+.1f)  %s", least, wantedBehind, metOrMissed(least >= wantedBehind))
	row(w, "least lead over all but the reference", "%+.2f points (wanted: above 0)  %s", lead, metOrMissed(lead > 0))
	row(w, "most abandoned in any campaign", "%.2f %% (wanted: at most %.2f %%)  %s", worst, 100*pacingCap, metOrMissed(worst <= 100*pacingCap))
}
