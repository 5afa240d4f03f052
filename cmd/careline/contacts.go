package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// contactsCmd groups the commands on contact lists.
type contactsCmd struct {
	Import   contactsImportCmd   `cmd:"" help:"Read a CSV file into a list; with --campaign also into a campaign, running or not."`
	Withdraw contactsWithdrawCmd `cmd:"" help:"Take the numbers of a CSV file off a list or a campaign."`
}

// listFlags say how a CSV file is read.
type listFlags struct {
	File     string `arg:"" type:"existingfile" help:"CSV in UTF-8 or GB18030, with a header line; the number's column is needed."`
	Region   string `help:"Country of numbers in national format, as CN (default: the configuration's)."`
	Encoding string `enum:"auto,utf-8,gb18030" default:"auto" help:"auto, utf-8 or gb18030."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

type contactsImportCmd struct {
	listFlags
	List     string `help:"The list's name (default: the file's)."`
	With     string `placeholder:"COLUMN" help:"Take only rows that have a value in this column."`
	Campaign string `help:"Add the new contacts to this campaign too."`
	DryRun   bool   `name:"dry-run" help:"Read and check everything, change nothing."`
	Partial  bool   `help:"Import the good rows though others are bad."`
}

// imported is what an import prints.
type imported struct {
	List     string         `json:"list"`
	DryRun   bool           `json:"dry_run"`
	Report   listReport     `json:"rows"`
	Outcome  store.Imported `json:"customers"`
	Skipped  int            `json:"skipped"` // rows without a value in the --with column
	Problems []string       `json:"problems,omitempty"`
}

type listReport struct {
	Encoding   string `json:"encoding"`
	Good       int    `json:"good"`
	Bad        int    `json:"bad"`
	Duplicates int    `json:"duplicates"`
}

// errBadRows is returned when a list has rows that cannot be taken.
var errBadRows = errors.New("nothing was imported, as some rows are bad; mend them, or take the good ones with --partial")

// Run imports a list.
func (c *contactsImportCmd) Run(a *app) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	file, err := c.open(cfg, c.With)
	if err != nil {
		return err
	}
	defer file.Close()
	s, err := cfg.openStore(a.ctx, a.log())
	if err != nil {
		return err
	}
	defer s.Close()
	in, err := c.store(a, s, file)
	if err != nil && !errors.Is(err, errBadRows) {
		return err
	}
	in.DryRun = c.DryRun || err != nil
	if printing := in.print(a.out, c.JSON); printing != nil {
		return printing
	}
	if err != nil && !c.DryRun {
		return errBadRows
	}
	return nil
}

// store reads the file into the list.
func (c *contactsImportCmd) store(a *app, s *store.Store, file *listFile) (imported, error) {
	in := imported{List: cmp.Or(c.List, strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File)))}
	o := store.ImportOptions{DryRun: c.DryRun, Now: time.Now(), Judge: func() error {
		if file.reader.Report().Bad > 0 && !c.Partial {
			return errBadRows
		}
		return nil
	}}
	if c.Campaign != "" {
		campaign, err := s.CampaignNamed(a.ctx, c.Campaign)
		if err != nil {
			return in, noCampaign(c.Campaign, err)
		}
		o.Enrol = []campaigns.ID{campaign.ID}
	}
	shown := importShown{a: a, gauge: a.gauge("reading "+filepath.Base(c.File), "rows"), list: in.List, share: file.share}
	defer shown.end()
	o.Progress = shown.tell
	var err error
	in.Outcome, err = s.Import(a.ctx, in.List, file.rows, o)
	if err != nil && a.ctx.Err() != nil && !shown.final {
		return in, errors.New("interrupted: nothing was imported")
	}
	in.tell(file)
	return in, err
}

// importShown shows how far an import has come.
type importShown struct {
	*gauge
	a       *app
	list    string
	share   func() float64 // of the file, that has been read
	final   bool           // it will not be undone any more
	pressed bool           // who has asked for the end has been told so
}

func (i *importShown) tell(p store.ImportProgress) {
	if p.Final && !i.final {
		i.final = true
		i.next("storing "+i.list, "rows")
	}
	if !p.Final {
		i.to(time.Now(), p.Read, i.share())
		return
	}
	i.to(time.Now(), p.Stored, float64(p.Stored)/float64(p.Read))
	if i.a.ctx.Err() != nil && !i.pressed {
		i.pressed = true
		i.end()
		fmt.Fprintln(i.a.err, "careline: all rows have been read: the import runs to its end")
	}
}

// listFile is a list that is being read.
type listFile struct {
	name    string
	file    *os.File
	reader  *campaigns.ListReader
	with    string       // the column in which rows must have a value; empty: none
	skipped int          // rows that have none
	size    int64        // bytes
	past    atomic.Int64 // bytes that were read
}

// open opens the file and reads its header.
func (f listFlags) open(cfg config, with string) (*listFile, error) {
	file, err := os.Open(f.File)
	if err != nil {
		return nil, fmt.Errorf("open a list: %w", err)
	}
	l := &listFile{name: f.File, file: file, with: with}
	if info, unknown := file.Stat(); unknown == nil {
		l.size = info.Size()
	}
	o := campaigns.ListOptions{Region: cmp.Or(f.Region, cfg.Region), Zone: cfg.Zone}
	if f.Encoding != "auto" {
		o.Encoding = campaigns.Encoding(f.Encoding)
	}
	if l.reader, err = campaigns.ReadList(l, o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.File, err), file.Close())
	}
	return l, nil
}

// errNoRows is what is wrong with a file that says nothing.
var errNoRows = errors.New("no row stands below the header; nothing was done")

// Read reads from the file.
func (l *listFile) Read(b []byte) (int, error) {
	n, err := l.file.Read(b)
	l.past.Add(int64(n))
	return n, err
}

// Close closes the file.
func (l *listFile) Close() error { return l.file.Close() }

// share is how much of the file has been read; below 0 when it has no length.
func (l *listFile) share() float64 {
	if l.size <= 0 {
		return -1
	}
	return float64(l.past.Load()) / float64(l.size)
}

// rows goes through the good rows.
func (l *listFile) rows(yield func(campaigns.Customer, error) bool) {
	for {
		c, err := l.reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			if report := l.reader.Report(); report.Good+report.Bad == 0 {
				yield(c, fmt.Errorf("%s: %w", l.name, errNoRows))
			}
			return
		case err != nil:
			yield(c, fmt.Errorf("%s: %w", l.name, err))
			return
		case l.with != "" && c.Attributes[l.with] == "":
			l.skipped++
		case !yield(c, nil):
			return
		}
	}
}

// tell takes over what was found in a file.
func (in *imported) tell(l *listFile) {
	in.Skipped = l.skipped
	report := l.reader.Report()
	in.Report = listReport{Encoding: string(report.Encoding), Good: report.Good, Bad: report.Bad, Duplicates: report.Duplicates}
	for _, e := range report.Errors {
		in.Problems = append(in.Problems, e.Error())
	}
}

// areBad says that rows are bad.
func areBad(rows int) string {
	if rows == 1 {
		return "1 row is bad"
	}
	return fmt.Sprintf("%d rows are bad", rows)
}

func (in imported) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(in)
	}
	for _, p := range in.Problems {
		fmt.Fprintln(w, "  ", p)
	}
	if more := in.Report.Bad - len(in.Problems); more > 0 {
		fmt.Fprintf(w, "   and %d more\n", more)
	}
	verb := "imported into"
	if in.DryRun {
		verb = "would be imported into"
	}
	o := in.Outcome
	fmt.Fprintf(w, "%s read (%s): %d good, %d bad, of which %s\n", plural(in.Report.Good+in.Report.Bad, "row"),
		in.Report.Encoding, in.Report.Good, in.Report.Bad, plural(in.Report.Duplicates, "duplicate"))
	fmt.Fprintf(w, "%d %s %q: %d new, %d changed, %d as before", o.Added+o.Updated+o.Unchanged, verb, in.List, o.Added, o.Updated, o.Unchanged)
	if o.Enrolled > 0 {
		fmt.Fprintf(w, "; %s for the campaign", plural(o.Enrolled, "new contact"))
	}
	fmt.Fprintln(w)
	return nil
}

type contactsWithdrawCmd struct {
	listFlags
	List     string `help:"Take them off this list, and off all campaigns over it."`
	Campaign string `help:"Take them off this campaign alone."`
}

// Run withdraws the numbers of a file.
func (c *contactsWithdrawCmd) Run(a *app) error {
	if (c.List == "") == (c.Campaign == "") {
		return fmt.Errorf("%w: say either --list NAME or --campaign NAME", errUsage)
	}
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	numbers, err := c.numbers(cfg)
	if err != nil {
		return err
	}
	s, err := cfg.openStore(a.ctx, a.log())
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := c.withdraw(a.ctx, s, numbers)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(w)
	}
	fmt.Fprintf(a.out, "%s off the list, %s off campaigns\n", plural(w.Customers, "customer"), plural(w.Contacts, "contact"))
	return nil
}

// numbers reads the file, of which every row must be good.
func (c *contactsWithdrawCmd) numbers(cfg config) ([]phone.Number, error) {
	file, err := c.open(cfg, "")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var numbers []phone.Number
	for customer, err := range file.rows {
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, customer.Number)
	}
	var in imported
	if in.tell(file); in.Report.Bad > 0 {
		return nil, fmt.Errorf("%s: nothing was withdrawn, as %s:\n  %s", c.File, areBad(in.Report.Bad), strings.Join(in.Problems, "\n  "))
	}
	return numbers, nil
}

func (c *contactsWithdrawCmd) withdraw(ctx context.Context, s *store.Store, numbers []phone.Number) (store.Withdrawn, error) {
	if c.List != "" {
		return s.WithdrawFromList(ctx, c.List, numbers, time.Now())
	}
	campaign, err := s.CampaignNamed(ctx, c.Campaign)
	if err != nil {
		return store.Withdrawn{}, noCampaign(c.Campaign, err)
	}
	return s.WithdrawFromCampaign(ctx, campaign.ID, numbers)
}
