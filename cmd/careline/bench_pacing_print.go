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
	head := []string{fmt.Sprintf("\n%-26s", fmt.Sprintf("p = %g, %s", cells[0].P, law))}
	bound := []string{fmt.Sprintf("  %-24s", "upper bound")}
	for _, c := range cells {
		head = append(head, fmt.Sprintf("N = %d", c.Agents))
		known := ""
		if c.Bound > 0 {
			known = fmt.Sprintf("%.1f", c.Bound)
		}
		bound = append(bound, known)
	}
	printColumns(w, head)
	for i, m := range floor.Methods {
		line := []string{fmt.Sprintf("  %-24s", m)}
		for _, c := range cells {
			line = append(line, c.Rows[i].String())
		}
		printColumns(w, line)
	}
	printColumns(w, bound)
}

func printColumns(w io.Writer, columns []string) {
	var line strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&line, "%-21s", c)
	}
	fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
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
	var all []string
	for _, c := range b.Cells {
		all = append(all, fmt.Sprintf("%g", c.Ratio))
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
	printWanted(w, "mean of all cells, less the reference", mean, "%+.2f points (wanted: at least %+.1f)", wantedBehindMean, mean >= wantedBehindMean)
	printWanted(w, "the cell where it is least", least, "%+.2f points (wanted: at least %+.1f)", wantedBehind, least >= wantedBehind)
	printWanted(w, "ahead of all but the reference by at least", lead, "%+.2f points (wanted: more than %g)", 0, lead > 0)
	printWanted(w, "most abandoned in any campaign", worst, "%.2f %% (wanted: at most %.2f)", 100*pacingCap, worst <= 100*pacingCap)
}

func printWanted(w io.Writer, what string, is float64, format string, limit float64, met bool) {
	fmt.Fprintf(w, "%-44s "+format+"  %s\n", what, is, limit, metOrMissed(met))
}
