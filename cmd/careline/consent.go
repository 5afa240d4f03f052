package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// consentCmd groups the commands on consents.
type consentCmd struct {
	Add    consentAddCmd    `cmd:"" help:"Note that somebody has consented to be called, and how that is proved."`
	Revoke consentRevokeCmd `cmd:"" help:"End the consents of a number or a customer; they stay on record."`
	List   consentListCmd   `cmd:"" help:"List consents, those that were ended too."`
	Import consentImportCmd `cmd:"" help:"Read a CSV file of consents: all or none of them."`
}

// givenFlags say how a consent was given.
type givenFlags struct {
	Level    string `default:"express" enum:"express,written" help:"express (said or given, in whatever way) or written (signed, also by key or click)."`
	Evidence string `placeholder:"TEXT" help:"What proves it: a text, or where it is kept."`
	Source   string `placeholder:"TEXT" help:"Where it was given, as: shop, web, call."`
	At       string `placeholder:"DATE" help:"When, as 2026-11-01 (default: now)."`
}

type consentAddCmd struct {
	whoFlags
	givenFlags
}

// Run notes consents.
func (c *consentAddCmd) Run(a *app) error {
	if c.Evidence == "" {
		return fmt.Errorf("%w: say --evidence: a consent that cannot be proved is none", errUsage)
	}
	at, err := dateOf("--at", c.At)
	if err != nil {
		return err
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		people, err := c.read(cfg)
		if err != nil {
			return err
		}
		now := time.Now()
		var list []store.Consent
		for _, w := range people {
			list = append(list, store.Consent{
				Number: w.number, List: w.list, Key: w.key, Level: campaigns.Consent(c.Level), Evidence: c.Evidence,
				Source: c.Source, By: c.By, At: cmp.Or(at, now),
			})
		}
		added, err := s.AddConsents(a.ctx, list, now)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s noted\n", plural(added, "consent"))
		return nil
	})
}

type consentRevokeCmd struct {
	whoFlags
	Why string `required:"" placeholder:"TEXT" help:"The reason; it is kept."`
	Yes bool   `help:"Do not ask."`
}

// Run ends consents, after asking.
func (c *consentRevokeCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		people, err := c.read(cfg)
		if err != nil {
			return err
		}
		if !c.Yes && !a.confirm(fmt.Sprintf("End the consents of %d? Campaigns that need them will not call.", len(people))) {
			return errors.New("nothing was ended")
		}
		for _, w := range people {
			ended, err := s.RevokeConsent(a.ctx, store.Consent{Number: w.number, List: w.list, Key: w.key}, c.By, c.Why, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: %s ended, and what a list says of consents until now\n", w, plural(ended, "consent"))
		}
		return nil
	})
}

type consentListCmd struct {
	Number string `arg:"" optional:"" help:"Those of this number alone."`
	List   string `help:"Those of customers on this list alone."`
	Key    string `help:"With --list: of this customer alone."`
	Region string `help:"Country of a number in national format, as CN (default: the configuration's)."`
	JSON   bool   `name:"json" help:"Print one JSON object a line."`
}

// consentLine is a consent as it is printed.
type consentLine struct {
	Number     string    `json:"number,omitempty"`
	List       string    `json:"list,omitempty"`
	Key        string    `json:"key,omitempty"`
	Level      string    `json:"level"` // none: a refusal
	Evidence   string    `json:"evidence,omitempty"`
	Source     string    `json:"source,omitempty"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
	RevokedBy  string    `json:"revoked_by,omitempty"`
	RevokedWhy string    `json:"revoked_why,omitempty"`
}

func newConsentLine(c store.Consent) consentLine {
	return consentLine{
		Number: string(c.Number), List: c.List, Key: c.Key, Level: cmp.Or(string(c.Level), "none"), Evidence: c.Evidence,
		Source: c.Source, By: c.By, At: c.At, RevokedAt: c.RevokedAt, RevokedBy: c.RevokedBy, RevokedWhy: c.RevokedWhy,
	}
}

// String is the consent for people.
func (l consentLine) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-18s ", l.Number)
	if l.Key != "" {
		fmt.Fprintf(&b, "customer %s of list %s, ", l.Key, l.List)
	}
	fmt.Fprintf(&b, "%s %s: %s", l.Level, l.At.UTC().Format(time.DateOnly), l.Evidence)
	if l.Source != "" {
		fmt.Fprintf(&b, " (%s)", l.Source)
	}
	if !l.RevokedAt.IsZero() {
		fmt.Fprintf(&b, "; ended %s by %s: %s", l.RevokedAt.Local().Format(time.DateOnly), l.RevokedBy, l.RevokedWhy)
	}
	return b.String()
}

// Run lists consents.
func (c *consentListCmd) Run(a *app) error {
	if c.Key != "" && c.List == "" {
		return fmt.Errorf("%w: --key goes with --list", errUsage)
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		var number phone.Number
		if c.Number != "" {
			var err error
			if number, err = phone.Parse(c.Number, cmp.Or(c.Region, cfg.Region)); err != nil {
				return fmt.Errorf("%w: %q: %w", errUsage, c.Number, err)
			}
		}
		n := 0
		lines := json.NewEncoder(a.out)
		for given, err := range s.Consents(a.ctx, number, c.List, c.Key) {
			if err != nil {
				return err
			}
			n++
			if line := newConsentLine(given); c.JSON {
				err = lines.Encode(line)
			} else {
				_, err = fmt.Fprintln(a.out, line)
			}
			if err != nil {
				return err
			}
		}
		if n == 0 && !c.JSON {
			fmt.Fprintln(a.out, "No consents are noted here; those that lists brought are in careline campaign why.")
		}
		return nil
	})
}

type consentImportCmd struct {
	recordFlags
	List string `help:"The list that the column key is of."`
}

// consentsImported is what an import prints.
type consentsImported struct {
	DryRun     bool `json:"dry_run"`
	Rows       int  `json:"rows"`
	Duplicates int  `json:"duplicates"`
	Added      int  `json:"added"`
}

// Run imports a file.
func (c *consentImportCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		records, report, err := c.read(a, cfg)
		if err != nil {
			return err
		}
		now := time.Now()
		list, err := c.consents(records, now)
		if err != nil {
			return err
		}
		done := consentsImported{DryRun: c.DryRun, Rows: len(records), Duplicates: report.Duplicates}
		progress := newBar(a.err, "consents")
		done.Added, err = s.ImportConsents(a.ctx, list, store.ConsentImport{
			DryRun: c.DryRun, Now: now, Progress: func(n int) { progress.show(float64(n) / float64(len(list))) },
		})
		progress.end()
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(a.out).Encode(done)
		}
		if c.DryRun {
			fmt.Fprintf(a.out, "%s: %d would be new; nothing was changed\n", plural(done.Rows, "consent"), done.Added)
			return nil
		}
		fmt.Fprintf(a.out, "%s: %d new\n", plural(done.Rows, "consent"), done.Added)
		return nil
	})
}

// consents are the rows as consents. Each must be proved and dated.
func (c *consentImportCmd) consents(records []campaigns.Record, now time.Time) ([]store.Consent, error) {
	list := make([]store.Consent, 0, len(records))
	for _, r := range records {
		switch {
		case r.Number == "" && c.List == "":
			return nil, fmt.Errorf("%s: line %d: has a key alone; say --list", c.File, r.Line)
		case r.Evidence == "" && r.Level != campaigns.NoConsent:
			return nil, fmt.Errorf("%s: line %d: has no evidence: a consent that cannot be proved is none", c.File, r.Line)
		case r.At.After(now):
			return nil, fmt.Errorf("%s: line %d: the consent is of a time to come", c.File, r.Line)
		}
		given := store.Consent{
			Number: r.Number, Level: r.Level, Evidence: r.Evidence, Source: r.Source, By: c.By, At: cmp.Or(r.At, now),
		}
		if r.Number == "" {
			given.List, given.Key = c.List, r.Key
		}
		list = append(list, given)
	}
	return list, nil
}
