package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
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
			return exportContacts(a, s, campaign, a.out)
		}
		file, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("create the export: %w", err)
		}
		if err := exportContacts(a, s, campaign, file); err != nil {
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
func exportContacts(a *app, s *store.Store, c campaigns.Campaign, w io.Writer) error {
	flow, err := s.Flow(a.ctx, c.FlowHash)
	if err != nil {
		return fmt.Errorf("read the flow of %s: %w", c.Name, err)
	}
	var results []string
	for _, r := range flow.Results() {
		results = append(results, r.Name)
	}
	history, err := readHistory(a.ctx, s, c.ID)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(slices.Concat(exportHeader, results)); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	for contact, err := range s.Contacts(a.ctx, c.ID) {
		if err != nil {
			return err
		}
		if err := out.Write(exportLine(contact, history[contact.ID], results)); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// exportLine is one contact's line.
func exportLine(c campaigns.Contact, h history, results []string) []string {
	line := make([]string, 0, len(exportHeader)+len(results))
	line = append(line,
		c.Key, string(c.Number), c.Name, c.Language, c.Segment, c.Manager, string(c.State),
		strconv.Itoa(c.Attempts), string(c.Last), stamp(h.first), stamp(h.last), stamp(h.answered), stamp(h.ended),
	)
	for _, r := range results {
		line = append(line, h.answers[r])
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
