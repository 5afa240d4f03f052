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
	customer []campaigns.Customer
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
	list := cmp.Or(c.List, strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File)))
	in, err := c.read(cmp.Or(c.Region, cfg.Region), c.With)
	if err != nil {
		return err
	}
	in.List, in.DryRun = list, c.DryRun
	if in.Report.Bad > 0 && !c.Partial {
		in.DryRun = true
	}
	s, err := cfg.openStore(a.ctx, a.log())
	if err != nil {
		return err
	}
	defer s.Close()
	if in.Outcome, err = c.store(a.ctx, s, in); err != nil {
		return err
	}
	if err := in.print(a.out, c.JSON); err != nil {
		return err
	}
	if in.DryRun && !c.DryRun {
		return errBadRows
	}
	return nil
}

func (c *contactsImportCmd) store(ctx context.Context, s *store.Store, in imported) (store.Imported, error) {
	o := store.ImportOptions{DryRun: in.DryRun, Now: time.Now()}
	if c.Campaign != "" {
		campaign, err := s.CampaignNamed(ctx, c.Campaign)
		if err != nil {
			return store.Imported{}, noCampaign(c.Campaign, err)
		}
		o.Enrol = []campaigns.ID{campaign.ID}
	}
	return s.ImportCustomers(ctx, in.List, in.customer, o)
}

// read reads the whole file, good rows and bad ones.
func (f listFlags) read(region, with string) (imported, error) {
	file, err := os.Open(f.File)
	if err != nil {
		return imported{}, fmt.Errorf("open a list: %w", err)
	}
	defer file.Close()
	o := campaigns.ListOptions{Region: region}
	if f.Encoding != "auto" {
		o.Encoding = campaigns.Encoding(f.Encoding)
	}
	in, err := readList(file, o, with)
	if err != nil {
		return imported{}, fmt.Errorf("%s: %w", f.File, err)
	}
	return in, nil
}

// readList reads customers who have a value in the column with, or all when it
// is empty.
func readList(r io.Reader, o campaigns.ListOptions, with string) (imported, error) {
	var in imported
	reader, err := campaigns.ReadList(r, o)
	if err != nil {
		return in, err
	}
	for {
		c, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return in, err
		}
		if with != "" && c.Attributes[with] == "" {
			in.Skipped++
			continue
		}
		in.customer = append(in.customer, c)
	}
	report := reader.Report()
	in.Report = listReport{Encoding: string(report.Encoding), Good: report.Good, Bad: report.Bad, Duplicates: report.Duplicates}
	for _, e := range report.Errors {
		in.Problems = append(in.Problems, e.Error())
	}
	return in, nil
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
	fmt.Fprintf(w, "%d rows read (%s): %d good, %d bad, of which %d duplicates\n",
		in.Report.Good+in.Report.Bad, in.Report.Encoding, in.Report.Good, in.Report.Bad, in.Report.Duplicates)
	fmt.Fprintf(w, "%d %s %q: %d new, %d changed, %d as before", o.Added+o.Updated+o.Unchanged, verb, in.List, o.Added, o.Updated, o.Unchanged)
	if o.Enrolled > 0 {
		fmt.Fprintf(w, "; %d new contacts for the campaign", o.Enrolled)
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
	in, err := c.read(cmp.Or(c.Region, cfg.Region), "")
	if err != nil {
		return err
	}
	if in.Report.Bad > 0 {
		return fmt.Errorf("%s: %d rows are bad, nothing was withdrawn:\n  %s", c.File, in.Report.Bad, strings.Join(in.Problems, "\n  "))
	}
	s, err := cfg.openStore(a.ctx, a.log())
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := c.withdraw(a.ctx, s, in.customer)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(w)
	}
	fmt.Fprintf(a.out, "%d customers off the list, %d contacts off campaigns\n", w.Customers, w.Contacts)
	return nil
}

func (c *contactsWithdrawCmd) withdraw(ctx context.Context, s *store.Store, list []campaigns.Customer) (store.Withdrawn, error) {
	numbers := make([]phone.Number, 0, len(list))
	for _, customer := range list {
		numbers = append(numbers, customer.Number)
	}
	if c.List != "" {
		return s.WithdrawFromList(ctx, c.List, numbers, time.Now())
	}
	campaign, err := s.CampaignNamed(ctx, c.Campaign)
	if err != nil {
		return store.Withdrawn{}, noCampaign(c.Campaign, err)
	}
	return s.WithdrawFromCampaign(ctx, campaign.ID, numbers)
}
