package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// What is wanted of claims.
const (
	wantedGrowth = 2      // a claim of the longest list, at most, times what one of the shortest costs
	claimLimit   = 100    // contacts in one claim
	claimsMade   = 50_000 // claimed between the two measurements
	retriesDue   = 0.05   // of a list
)

// benchClaimCmd claims contacts of short and long lists by turns.
type benchClaimCmd struct {
	Contacts []int  `placeholder:"N,..." help:"Lengths of lists (default: 10,000, 100,000, 1,000,000, and on PostgreSQL 10,000,000)."`
	Rounds   int    `default:"300" help:"Claims of each list in each of the two measurements."`
	Quick    bool   `help:"Measure lists of 1,000 to 5,000: to see that it works."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
	Dir      string `type:"existingdir" help:"Where the SQLite files are made (default: the folder for temporary files, or /var/tmp where that is in memory)."`
}

// claimBench is what was measured.
type claimBench struct {
	Machine  machine     `json:"machine"`
	Database string      `json:"database"`
	Limit    int         `json:"contacts_per_claim"`
	Churn    int         `json:"claimed_in_between"`
	Lists    []claimList `json:"lists"`
}

// claimList is one list and what claims of it cost.
type claimList struct {
	Contacts int      `json:"contacts"`
	Made     float64  `json:"made_in_seconds"`
	Fresh    lateness `json:"claim_ms"`             // of a list as it was loaded, with holes of what is claimed
	Churned  lateness `json:"claim_after_churn_ms"` // after many were claimed and done with, and nothing was vacuumed

	place    benchDatabase
	store    *store.Store
	campaign campaigns.ID
	held     []campaigns.ContactID
	times    []int32 // microseconds
}

// Run measures.
func (c *benchClaimCmd) Run(a *app) error {
	churn := claimsMade
	switch {
	case c.Quick:
		c.Contacts, c.Rounds, churn = []int{1000, 2000, 5000}, 12, 1000
	case len(c.Contacts) == 0 && strings.Contains(a.database, "://"):
		c.Contacts = []int{10_000, 100_000, 1_000_000, 10_000_000}
	case len(c.Contacts) == 0:
		c.Contacts = []int{10_000, 100_000, 1_000_000}
	}
	slices.Sort(c.Contacts)
	if c.Rounds < 1 || c.Contacts[0] < 5*claimLimit {
		return fmt.Errorf("%w: at least 1 round, of lists of at least %d contacts", errUsage, 5*claimLimit)
	}
	out := claimBench{Machine: thisMachine(), Limit: claimLimit, Churn: churn, Lists: make([]claimList, len(c.Contacts))}
	err := c.measure(a, &out)
	for i := range out.Lists {
		err = errors.Join(err, out.Lists[i].close())
	}
	if err != nil {
		return fmt.Errorf("bench claim: %w", err)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

func (c *benchClaimCmd) measure(a *app, out *claimBench) error {
	for i, n := range c.Contacts {
		if err := c.open(a, &out.Lists[i], n); err != nil {
			return err
		}
	}
	out.Database = out.Lists[0].place.name
	if err := c.rounds(a.ctx, out, func(l *claimList) *lateness { return &l.Fresh }); err != nil {
		return err
	}
	p := a.gauge("claiming and ending calls", "contacts")
	defer p.end()
	for i := range out.Lists {
		for done := 0; done < out.Churn; done += claimLimit {
			if err := out.Lists[i].churn(a.ctx, done); err != nil {
				return err
			}
			all := i*out.Churn + done
			p.to(time.Now(), all, float64(all)/float64(out.Churn*len(out.Lists)))
		}
	}
	return c.rounds(a.ctx, out, func(l *claimList) *lateness { return &l.Churned })
}

// open makes a list of n contacts in a database of its own.
func (c *benchClaimCmd) open(a *app, l *claimList, n int) (err error) {
	l.Contacts = n
	l.place.drop = nothingToDrop
	if l.place, err = makeBenchDatabase(a.ctx, a.database, c.Dir); err != nil {
		return err
	}
	if l.store, err = store.Open(a.ctx, l.place.url, store.Options{Node: "bench"}); err != nil {
		return err
	}
	p := a.gauge(fmt.Sprintf("making a list of %d", n), "contacts")
	defer p.end()
	began := time.Now()
	campaign, err := l.store.Populate(a.ctx, store.Population{
		Name: "bench", Contacts: n, Retries: int(retriesDue * float64(n)), Now: began,
	}, func(made int) { p.to(time.Now(), made, float64(made)/float64(n)) })
	l.campaign, l.Made = campaign.ID, time.Since(began).Seconds()
	if err != nil {
		return err
	}
	return settled(a.ctx, l.place.url)
}

// settled has PostgreSQL know the list's length, as it does a minute after an
// import, and then leaves what vacuuming would remove, as where a table is so
// long that its turn never comes.
func settled(ctx context.Context, url string) error {
	if !strings.Contains(url, "://") {
		return nil
	}
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, text := range []string{"ANALYZE", "ALTER TABLE contacts SET (autovacuum_enabled = off)"} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("put off vacuuming: %w", err)
		}
	}
	return nil
}

// rounds claims of each list by turns, so that whatever else the machine does
// meets all of them.
func (c *benchClaimCmd) rounds(ctx context.Context, out *claimBench, to func(*claimList) *lateness) error {
	for i := range out.Lists {
		l := &out.Lists[i]
		l.times = make([]int32, 0, c.Rounds)
		if err := l.renew(ctx); err != nil {
			return err
		}
	}
	for round := range c.Rounds {
		for i := range out.Lists {
			if err := out.Lists[(i+round)%len(out.Lists)].round(ctx); err != nil {
				return err
			}
		}
	}
	for i := range out.Lists {
		l := &out.Lists[i]
		slices.Sort(l.times)
		*to(l) = lateness{P50: percentile(l.times, 0.5), P99: percentile(l.times, 0.99), P999: percentile(l.times, 0.999), Max: percentile(l.times, 1)}
		if err := l.release(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *claimList) renew(ctx context.Context) error {
	_, err := l.store.Renew(ctx, "bench", time.Now())
	return err
}

// round takes the time of one claim. What it claims stays claimed until a third
// of the shortest list would be.
func (l *claimList) round(ctx context.Context) error {
	began := time.Now()
	claims, err := l.store.Claim(ctx, "bench", l.campaign, claimLimit, began)
	took := time.Since(began)
	if errors.Is(err, store.ErrNoLease) {
		return l.renew(ctx)
	}
	if err != nil {
		return err
	}
	if len(claims.Contacts) != claimLimit {
		return fmt.Errorf("%d contacts could be claimed of %d; want %d", len(claims.Contacts), l.Contacts, claimLimit)
	}
	l.times = append(l.times, int32(took.Microseconds()))
	l.hold(claims.Contacts)
	if len(l.held) >= min(l.Contacts/4, 3000) {
		return l.release(ctx)
	}
	return nil
}

func (l *claimList) hold(contacts []campaigns.Contact) {
	for _, c := range contacts {
		l.held = append(l.held, c.ID)
	}
}

// release gives back all that is held, and has the lease renewed.
func (l *claimList) release(ctx context.Context) error {
	for some := range slices.Chunk(l.held, 500) {
		if err := l.store.Release(ctx, "bench", some, time.Now()); err != nil {
			return err
		}
	}
	l.held = l.held[:0]
	return l.renew(ctx)
}

// churn claims contacts and is done with them for good, or gives them back where
// the list would come to its end.
func (l *claimList) churn(ctx context.Context, done int) error {
	claims, err := l.store.Claim(ctx, "bench", l.campaign, claimLimit, time.Now())
	if errors.Is(err, store.ErrNoLease) {
		return l.renew(ctx)
	}
	if err != nil {
		return err
	}
	if done >= l.Contacts/2 {
		l.hold(claims.Contacts)
		return l.release(ctx)
	}
	numbers := make([]phone.Number, len(claims.Contacts))
	for i, c := range claims.Contacts {
		numbers[i] = c.Number
	}
	_, err = l.store.WithdrawFromCampaign(ctx, l.campaign, numbers)
	return err
}

// close removes the list.
func (l *claimList) close() error {
	var err error
	if l.store != nil {
		err = l.store.Close()
	}
	if l.place.drop != nil {
		err = errors.Join(err, l.place.drop())
	}
	return err
}
