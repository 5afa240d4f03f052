package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// dncCmd groups the commands on the do-not-call list.
type dncCmd struct {
	Add    dncAddCmd    `cmd:"" help:"Have numbers or a customer not called again."`
	Remove dncRemoveCmd `cmd:"" help:"Lift an entry; that it was there, and who lifted it, is kept."`
	List   dncListCmd   `cmd:"" help:"List the entries."`
	Check  dncCheckCmd  `cmd:"" help:"Say whether a number may be called, and what was ever entered about it."`
	Import dncImportCmd `cmd:"" help:"Read a CSV file of numbers, such as a national registry, into the list: all or none of them."`
	Export dncExportCmd `cmd:"" help:"Write the entries as CSV."`
}

// whoFlags name people, as consents and entries of the do-not-call list do.
type whoFlags struct {
	Numbers []string `arg:"" optional:"" name:"number" help:"Numbers, as +8613800138000 or as they are dialed at home."`
	List    string   `help:"With --key: a customer on this list, by whatever number."`
	Key     string   `help:"The customer's key on the list."`
	Region  string   `help:"Country of numbers in national format, as CN (default: the configuration's)."`
	By      string   `env:"USER" default:"${whoami}" placeholder:"NAME" help:"Who asks (default: the user)."`
}

// person is somebody who is named: by a number, or as a customer.
type person struct {
	number    phone.Number
	list, key string
}

// read reads who is named, all or none.
func (f whoFlags) read(cfg config) ([]person, error) {
	if (f.List == "") != (f.Key == "") {
		return nil, fmt.Errorf("%w: --list and --key go together", errUsage)
	}
	if (f.Key == "") == (len(f.Numbers) == 0) {
		return nil, fmt.Errorf("%w: name numbers, or a customer with --list and --key", errUsage)
	}
	if f.Key != "" {
		return []person{{list: f.List, key: f.Key}}, nil
	}
	var all []person
	for _, text := range f.Numbers {
		n, err := phone.Parse(text, cmp.Or(f.Region, cfg.Region))
		if err != nil {
			return nil, fmt.Errorf("%w: %q: %w", errUsage, text, err)
		}
		all = append(all, person{number: n})
	}
	return all, nil
}

func (w person) String() string {
	if w.key != "" {
		return fmt.Sprintf("customer %s of list %s", w.key, w.list)
	}
	return string(w.number)
}

// tellUnknown says that there is no such customer, who may have been written wrong.
func (w person) tellUnknown(a *app, s *store.Store) error {
	if w.key == "" {
		return nil
	}
	known, err := s.KnowsCustomer(a.ctx, w.list, w.key)
	if err == nil && !known {
		fmt.Fprintf(a.out, "There is no %s yet: look whether both are written as in the list; the entry waits for when they come.\n", w)
	}
	return err
}

// ofCampaign is the id of a campaign by its name; empty for none.
func ofCampaign(a *app, s *store.Store, name string) (campaigns.ID, error) {
	if name == "" {
		return "", nil
	}
	c, err := s.CampaignNamed(a.ctx, name)
	if err != nil {
		return "", noCampaign(name, err)
	}
	return c.ID, nil
}

type dncAddCmd struct {
	whoFlags
	Campaign string `help:"Only this campaign must not call them."`
	Why      string `placeholder:"TEXT" help:"The reason; it is kept."`
}

// Run makes entries.
func (c *dncAddCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		people, err := c.read(cfg)
		if err != nil {
			return err
		}
		id, err := ofCampaign(a, s, c.Campaign)
		if err != nil {
			return err
		}
		for _, w := range people {
			err := s.AddDoNotCall(a.ctx, store.DoNotCall{
				Number: w.number, List: w.list, Key: w.key, Campaign: id, Why: c.Why, By: c.By, At: time.Now(),
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s is not called by %s\n", w, cmp.Or(c.Campaign, "any campaign"))
			if err := w.tellUnknown(a, s); err != nil {
				return err
			}
		}
		return nil
	})
}

type dncRemoveCmd struct {
	whoFlags
	Campaign string `help:"Lift the entry of this campaign."`
	Source   string `help:"Lift the entry of this registry."`
	Why      string `required:"" placeholder:"TEXT" help:"The reason; it is kept with the entry."`
	Yes      bool   `help:"Do not ask."`
}

// Run lifts entries, after asking.
func (c *dncRemoveCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		people, err := c.read(cfg)
		if err != nil {
			return err
		}
		id, err := ofCampaign(a, s, c.Campaign)
		if err != nil {
			return err
		}
		if !c.Yes && !a.confirm(fmt.Sprintf("Let %d be called again who asked not to be?", len(people))) {
			return errors.New("nothing was lifted")
		}
		for _, w := range people {
			e := store.DoNotCall{Number: w.number, List: w.list, Key: w.key, Campaign: id, Source: c.Source}
			_, err := s.LiftDoNotCall(a.ctx, e, c.By, c.Why, time.Now())
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("%s has no such entry; see careline dnc check, and --campaign and --source", w)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: lifted; contacts that were suppressed stay so\n", w)
		}
		return nil
	})
}

type dncCheckCmd struct {
	Number string `arg:"" help:"The number."`
	Region string `help:"Country of a number in national format, as CN (default: the configuration's)."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run looks a number up.
func (c *dncCheckCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		n, err := phone.Parse(c.Number, cmp.Or(c.Region, cfg.Region))
		if err != nil {
			return fmt.Errorf("%w: %q: %w", errUsage, c.Number, err)
		}
		entries, err := s.RefusalsOf(a.ctx, n)
		if err != nil {
			return err
		}
		names, err := campaignNames(a, s)
		if err != nil {
			return err
		}
		if c.JSON {
			lines := []dncLine{}
			for _, e := range entries {
				lines = append(lines, newDNCLine(e, names))
			}
			return json.NewEncoder(a.out).Encode(lines)
		}
		verdict := "may be called, as far as the do-not-call list goes"
		for _, e := range entries {
			if e.LiftedAt.IsZero() && e.Campaign == "" {
				verdict = "is not called"
			}
		}
		fmt.Fprintf(a.out, "%s %s\n", n, verdict)
		for _, e := range entries {
			fmt.Fprintln(a.out, " ", newDNCLine(e, names))
		}
		return nil
	})
}

// dateOf is the day of a date flag; an empty one is the zero time.
func dateOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("%w: %s: %q is not a date like 2026-11-01", errUsage, flag, text)
	}
	return t, nil
}

// recordFlags say how a CSV file about people is read.
type recordFlags struct {
	File     string `arg:"" type:"existingfile" help:"CSV in UTF-8 or GB18030, with a header line; for dnc also a number a line."`
	Region   string `help:"Country of numbers in national format, as CN (default: the configuration's)."`
	Encoding string `enum:"auto,utf-8,gb18030" default:"auto" help:"auto, utf-8 or gb18030."`
	By       string `env:"USER" default:"${whoami}" placeholder:"NAME" help:"Who asks (default: the user)."`
	DryRun   bool   `name:"dry-run" help:"Read and check everything, change nothing."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

// read reads the whole file. Bad rows are printed and fail it.
func (f recordFlags) read(a *app, cfg config) ([]campaigns.Record, campaigns.ListReport, error) {
	file, err := os.Open(f.File)
	if err != nil {
		return nil, campaigns.ListReport{}, fmt.Errorf("open a file: %w", err)
	}
	defer file.Close()
	o := campaigns.ListOptions{Region: cmp.Or(f.Region, cfg.Region)}
	if f.Encoding != "auto" {
		o.Encoding = campaigns.Encoding(f.Encoding)
	}
	records, report, err := campaigns.ReadRecords(file, o)
	if err != nil {
		return nil, report, fmt.Errorf("%s: %w", f.File, err)
	}
	if report.Bad == 0 && len(records) == 0 {
		return nil, report, fmt.Errorf("%s: %w", f.File, errNoRows)
	}
	if report.Bad == 0 {
		return records, report, nil
	}
	for _, e := range report.Errors {
		fmt.Fprintln(a.err, "  ", e.Error())
	}
	if more := report.Bad - len(report.Errors); more > 0 {
		fmt.Fprintf(a.err, "   and %d more\n", more)
	}
	return nil, report, fmt.Errorf("%s: nothing was imported, as %s; mend them", f.File, areBad(report.Bad))
}
