package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"careline/campaigns"
	"careline/store"
)

type campaignReportCmd struct {
	campaignArg
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints a campaign's figures.
func (c *campaignReportCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		f, err := s.Funnel(a.ctx, campaign.ID)
		if err != nil {
			return err
		}
		if err = f.Check(); err != nil {
			return fmt.Errorf("the figures of %s do not add up: %w", c.Name, err)
		}
		people, err := received(a.ctx, s, campaign, time.Now())
		if err != nil {
			return err
		}
		if c.JSON {
			r := newReport(campaign, f)
			r.Received = people
			return json.NewEncoder(a.out).Encode(r)
		}
		printFunnel(a.out, campaign, f)
		people.print(a.out)
		return nil
	})
}

// report is a campaign in figures, as JSON.
type report struct {
	Name         string                         `json:"name"`
	State        campaigns.State                `json:"state"`
	Submitted    int                            `json:"submitted"`
	Attempts     int                            `json:"attempts"`
	Connected    int                            `json:"connected"`
	Completed    int                            `json:"completed"`
	Accepted     int                            `json:"accepted"`
	Contacts     map[campaigns.ContactState]int `json:"contacts"`
	Dispositions map[campaigns.Disposition]int  `json:"dispositions"`
	Answers      map[string]map[string]int      `json:"answers"`
	Received     *receivedReport                `json:"received,omitempty"` // of a campaign with agents
}

func newReport(c campaigns.Campaign, f campaigns.Funnel) report {
	return report{
		Name: c.Name, State: c.State, Submitted: f.Submitted, Attempts: f.Attempts,
		Connected: f.Connected, Completed: f.Completed, Accepted: f.Accepted,
		Contacts: f.ByState, Dispositions: f.ByDisposition, Answers: f.Answers,
	}
}

// barWidth is the length of a full bar, in characters.
const barWidth = 28

// bar draws a share as a bar.
func bar(share float64) string {
	n := int(share*barWidth + 0.5)
	n = min(max(n, 0), barWidth)
	return strings.Repeat("█", n) + strings.Repeat("·", barWidth-n)
}

// printFunnel draws the four stages, how attempts ended and what was answered.
func printFunnel(w io.Writer, c campaigns.Campaign, f campaigns.Funnel) {
	fmt.Fprintf(w, "%s (%s)\n", c.Name, c.State)
	stage := func(name string, n int, share float64, of string) {
		all := 0.0
		if f.Submitted > 0 {
			all = float64(n) / float64(f.Submitted)
		}
		fmt.Fprintf(w, "  %-10s %7d  %s", name, n, bar(all))
		if of != "" {
			fmt.Fprintf(w, " %6.2f %% of %s", 100*share, of)
		}
		fmt.Fprintln(w)
	}
	stage("submitted", f.Submitted, 1, "")
	stage("connected", f.Connected, f.ConnectedShare(), "submitted")
	stage("completed", f.Completed, f.CompletedShare(), "connected")
	stage("accepted", f.Accepted, f.AcceptedShare(), "completed")
	fmt.Fprintln(w, folded(fmt.Sprintf("%d attempts: %s", f.Attempts, ended(f))))
	fmt.Fprintln(w, folded("contacts: "+counts(f.ByState)))
	for _, result := range slices.Sorted(maps.Keys(f.Answers)) {
		fmt.Fprintln(w, folded(result+": "+counts(f.Answers[result])))
	}
	if f.ByDisposition[campaigns.Answered] > 0 {
		fmt.Fprintln(w, "  (answered covers people and machines; connected counts "+whoConnects(c.Definition)+")")
	}
}

// whoConnects names who counts as connected.
func whoConnects(d campaigns.Definition) string {
	if d.Machine == campaigns.MachineOff || d.Machine == "" {
		return "both, as machine is off"
	}
	return "people"
}

// ended lists how attempts ended, and how many have not.
func ended(f campaigns.Funnel) string {
	going := fmt.Sprintf("in progress %d", f.Open)
	switch f.Open {
	case 0:
		return counts(f.ByDisposition)
	case f.Attempts:
		return going
	}
	return counts(f.ByDisposition) + ", " + going
}

// pageWidth is how wide reports are at most, in characters.
const pageWidth = 78

// folded indents a list and breaks it at commas, so that it fits a page.
func folded(list string) string {
	var b strings.Builder
	column := 0
	for i, part := range strings.SplitAfter(list, ", ") {
		switch {
		case i == 0:
			column = 2 + len(part)
			b.WriteString("  " + part)
		case column+len(part) > pageWidth:
			column = 4 + len(part)
			b.WriteString("\n    " + part)
		default:
			column += len(part)
			b.WriteString(part)
		}
	}
	return b.String()
}

// counts lists what was counted, by name.
func counts[K ~string](m map[K]int) string {
	if len(m) == 0 {
		return "none"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(parts, ", ")
}

type campaignExportCmd struct {
	campaignArg
	Out string `short:"o" type:"path" placeholder:"FILE" help:"Write to this file (default: standard output)."`
}

// Run writes a campaign's contacts as CSV.
func (c *campaignExportCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		if c.Out == "" {
			return exportContacts(a, s, campaign, a.out, func(int) {})
		}
		f, err := s.Funnel(a.ctx, campaign.ID)
		if err != nil {
			return err
		}
		file, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("create the export: %w", err)
		}
		shown := a.gauge("writing "+filepath.Base(c.Out), "contacts")
		err = exportContacts(a, s, campaign, file, func(n int) {
			shown.to(time.Now(), n, float64(n)/float64(max(f.Submitted, n)))
		})
		shown.end()
		if err != nil {
			return errClose(file, err)
		}
		if err := file.Close(); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		return nil
	})
}

// errClose closes what was half written and returns why it was.
func errClose(c io.Closer, err error) error {
	c.Close()
	return err
}

// exportHeader names the columns before those of the flow's results.
var exportHeader = []string{
	"key", "number", "name", "language", "segment", "manager", "state", "attempts", "disposition",
	"first_attempt", "last_attempt", "answered_at", "ended_at",
}

// exportContacts writes one line a contact: the list's fields, what became of
// it, its latest attempt, and a column for each result of the flow.
// written is told how many lines there are.
func exportContacts(a *app, s *store.Store, c campaigns.Campaign, w io.Writer, written func(n int)) error {
	flow, err := s.Flow(a.ctx, c.FlowHash)
	if err != nil {
		return fmt.Errorf("read the flow of %s: %w", c.Name, err)
	}
	var results []string
	for _, r := range flow.Results() {
		results = append(results, r.Name)
	}
	out := csv.NewWriter(w)
	if err := out.Write(slices.Concat(exportHeader, results)); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	n := 0
	for h, err := range s.Histories(a.ctx, c.ID) {
		if err != nil {
			return err
		}
		if err := out.Write(exportLine(h, results)); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		n++
		written(n)
	}
	out.Flush()
	return out.Error()
}

// exportLine is one contact's line.
func exportLine(h campaigns.History, results []string) []string {
	c := h.Contact
	line := make([]string, 0, len(exportHeader)+len(results))
	line = append(line,
		c.Key, string(c.Number), c.Name, c.Language, c.Segment, c.Manager, string(c.State),
		strconv.Itoa(c.Attempts), string(c.Last), stamp(h.First), stamp(h.Last), stamp(h.Answered), stamp(h.Ended),
	)
	for _, r := range results {
		line = append(line, h.Results[r])
	}
	return line
}

// stamp writes a time in UTC, and nothing for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
