package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"careline/campaigns"
	"careline/store"
)

// dncLine is an entry as it is printed.
type dncLine struct {
	Number    string    `json:"number,omitempty"`
	List      string    `json:"list,omitempty"`
	Key       string    `json:"key,omitempty"`
	Campaign  string    `json:"campaign,omitempty"`
	Source    string    `json:"source,omitempty"`
	AsOf      string    `json:"as_of,omitempty"`
	Why       string    `json:"why,omitempty"`
	By        string    `json:"by,omitempty"`
	CallID    string    `json:"call_id,omitempty"`
	At        time.Time `json:"at"`
	LiftedAt  time.Time `json:"lifted_at,omitzero"`
	LiftedBy  string    `json:"lifted_by,omitempty"`
	LiftedWhy string    `json:"lifted_why,omitempty"`

	entry store.DoNotCall
}

// newDNCLine prints an entry. names are those of campaigns.
func newDNCLine(e store.DoNotCall, names map[campaigns.ID]string) dncLine {
	l := dncLine{
		Number: string(e.Number), List: e.List, Key: e.Key, Campaign: names[e.Campaign], Source: e.Source, Why: e.Why,
		By: e.By, CallID: e.CallID, At: e.At, LiftedAt: e.LiftedAt, LiftedBy: e.LiftedBy, LiftedWhy: e.LiftedWhy, entry: e,
	}
	if !e.AsOf.IsZero() {
		l.AsOf = e.AsOf.UTC().Format(time.DateOnly)
	}
	return l
}

// String is the entry for people.
func (l dncLine) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-18s ", l.Number)
	if l.Key != "" {
		fmt.Fprintf(&b, "customer %s of list %s, ", l.Key, l.List)
	}
	b.WriteString(strings.Replace(l.entry.String(), "this campaign", "campaign "+l.Campaign, 1))
	if l.CallID != "" {
		fmt.Fprintf(&b, ", call %s", l.CallID)
	}
	if !l.LiftedAt.IsZero() {
		fmt.Fprintf(&b, "; lifted %s by %s: %s", l.LiftedAt.Local().Format(time.DateOnly), l.LiftedBy, l.LiftedWhy)
	}
	return b.String()
}

// campaignNames are the names of all campaigns.
func campaignNames(a *app, s *store.Store) (map[campaigns.ID]string, error) {
	all, err := s.Campaigns(a.ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[campaigns.ID]string, len(all))
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, nil
}

// dncFilter says which entries are meant.
type dncFilter struct {
	Campaign string `help:"Those of this campaign alone."`
	Source   string `help:"Those of this registry alone."`
	History  bool   `help:"Lifted ones too."`
}

// each goes through the entries.
func (f dncFilter) each(a *app, s *store.Store, do func(dncLine) error) error {
	id, err := ofCampaign(a, s, f.Campaign)
	if err != nil {
		return err
	}
	names, err := campaignNames(a, s)
	if err != nil {
		return err
	}
	for e, err := range s.DoNotCalls(a.ctx, store.RefusalFilter{Campaign: id, Source: f.Source, History: f.History}) {
		if err != nil {
			return err
		}
		if err := do(newDNCLine(e, names)); err != nil {
			return err
		}
	}
	return nil
}

type dncListCmd struct {
	dncFilter
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// Run lists entries.
func (c *dncListCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		n := 0
		lines := json.NewEncoder(a.out)
		err := c.each(a, s, func(l dncLine) error {
			n++
			if c.JSON {
				return lines.Encode(l)
			}
			_, err := fmt.Fprintln(a.out, l)
			return err
		})
		if err == nil && n == 0 && !c.JSON {
			fmt.Fprintln(a.out, "Nobody is on the list.")
		}
		return err
	})
}

type dncExportCmd struct {
	dncFilter
	Out string `short:"o" type:"path" placeholder:"FILE" help:"Write to this file (default: standard output)."`
}

var dncColumns = []string{
	"number", "list", "key", "campaign", "source", "as_of", "why", "by", "call_id", "at", "lifted_at", "lifted_by", "lifted_why",
}

// Run writes entries as CSV.
func (c *dncExportCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		if c.Out == "" {
			return c.write(a, s, a.out)
		}
		file, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		return errors.Join(c.write(a, s, file), file.Close())
	})
}

func (c *dncExportCmd) write(a *app, s *store.Store, out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(dncColumns); err != nil {
		return err
	}
	err := c.each(a, s, func(l dncLine) error {
		return w.Write([]string{
			l.Number, l.List, l.Key, l.Campaign, l.Source, l.AsOf, l.Why, l.By, l.CallID,
			csvTime(l.At), csvTime(l.LiftedAt), l.LiftedBy, l.LiftedWhy,
		})
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

// csvTime writes a time into a cell; the zero one is empty.
func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

type dncImportCmd struct {
	recordFlags
	Campaign string `help:"Only this campaign must not call them."`
	Source   string `placeholder:"NAME" help:"The registry that the file is from, as us-dnc; shown in why."`
	AsOf     string `name:"as-of" placeholder:"DATE" help:"The registry's date, as 2026-11-01."`
	Replace  bool   `help:"Lift the registry's earlier entries that the file has no more; needs --source and --as-of."`
	Why      string `placeholder:"TEXT" help:"The reason of rows that give none."`
}

// dncImported is what an import prints.
type dncImported struct {
	DryRun     bool `json:"dry_run"`
	Rows       int  `json:"rows"`
	Duplicates int  `json:"duplicates"`
	store.RefusalsImported
}

// Run imports a file.
func (c *dncImportCmd) Run(a *app) error {
	asOf, err := dateOf("--as-of", c.AsOf)
	if err != nil {
		return err
	}
	if (c.Source == "") != (c.AsOf == "") {
		return fmt.Errorf("%w: --source and --as-of go together: a registry is of a day", errUsage)
	}
	if c.Replace && c.Source == "" {
		return fmt.Errorf("%w: --replace needs --source and --as-of", errUsage)
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		id, err := ofCampaign(a, s, c.Campaign)
		if err != nil {
			return err
		}
		records, report, err := c.read(a, cfg)
		if err != nil {
			return err
		}
		entries, err := c.entries(records)
		if err != nil {
			return err
		}
		progress := newBar(a.err, "numbers")
		done, err := s.ImportDoNotCall(a.ctx, entries, store.RefusalImport{
			DryRun: c.DryRun, Source: c.Source, AsOf: asOf, Replace: c.Replace, Campaign: id, By: c.By, Now: time.Now(),
			Progress: func(n int) { progress.show(float64(n) / float64(len(entries))) },
		})
		progress.end()
		if err != nil {
			return err
		}
		return c.print(a, dncImported{c.DryRun, len(records), report.Duplicates, done})
	})
}

// entries are the rows as entries; a row that names no number cannot be one.
func (c *dncImportCmd) entries(records []campaigns.Record) ([]store.DoNotCall, error) {
	entries := make([]store.DoNotCall, 0, len(records))
	for _, r := range records {
		if r.Number == "" {
			return nil, fmt.Errorf("%s: line %d: has no number; enter customers one by one, with careline dnc add --list --key", c.File, r.Line)
		}
		why := r.Why
		if why == "" {
			why = c.Why
		}
		entries = append(entries, store.DoNotCall{Number: r.Number, Why: why})
	}
	return entries, nil
}

func (c *dncImportCmd) print(a *app, done dncImported) error {
	if c.JSON {
		return json.NewEncoder(a.out).Encode(done)
	}
	verb := "are new"
	if c.DryRun {
		verb = "would be new"
	}
	fmt.Fprintf(a.out, "%d numbers: %d %s, %d are there already", done.Rows, done.Added, verb, done.Already)
	if done.Duplicates > 0 {
		fmt.Fprintf(a.out, "; %d rows repeat others", done.Duplicates)
	}
	if c.Replace {
		fmt.Fprintf(a.out, "; %d lifted that %s has no more", done.Lifted, c.Source)
	}
	fmt.Fprintln(a.out)
	return nil
}
