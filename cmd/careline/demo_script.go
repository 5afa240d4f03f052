package main

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"careline/campaigns"
	"careline/examples"
	"careline/sim/people"
	"careline/store"
)

// The demonstration's numbers, as examples/demo/careline.yaml has them.
const (
	reminderLine = "1861"
	vipLine      = "1888"
)

// topics are the campaigns of the demonstration, and the column that puts a
// customer on the list of each.
var topics = []struct{ name, column string }{
	{"contract-expiry", "contract_end"},
	{"suspension-reminder", "due"},
}

// script is what happens: agents log in, the campaigns start, subscribers call.
func (d *demo) script(ctx context.Context) error {
	if err := d.logIn(ctx); err != nil {
		return err
	}
	for _, t := range topics {
		if err := d.start(ctx, t.name, t.column); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.inbound(ctx) })
	g.Go(func() error { return d.callBack(ctx) })
	g.Go(func() error { return d.finished(ctx) })
	return g.Wait()
}

// logIn has the agents' phones register and dial *1.
func (d *demo) logIn(ctx context.Context) error {
	for _, a := range d.cfg.Agents {
		phone, err := d.net.Phone(people.PhoneOptions{
			Name: a.Name, Password: string(a.Password), Service: d.svc.driver.Addr().String(), Talk: 7 * time.Second, Record: d.cmd.Record,
		})
		if err != nil {
			return fmt.Errorf("plug in the phone of %s: %w", a.Name, err)
		}
		if err := phone.Register(ctx); err != nil {
			return fmt.Errorf("register the phone of %s: %w", a.Name, err)
		}
		if _, err := phone.Dial(ctx, "*1"); err != nil {
			return fmt.Errorf("log %s in: %w", a.Name, err)
		}
	}
	return nil
}

// start imports a campaign's list, makes the campaign and starts it.
func (d *demo) start(ctx context.Context, name, column string) error {
	files, now := examples.FS(), time.Now()
	list, err := readExampleList(files, d.cfg.Region, column)
	if err != nil {
		return err
	}
	if _, err = d.svc.store.ImportCustomers(ctx, name, list, store.ImportOptions{Now: now}); err != nil {
		return err
	}
	path := "demo/" + name + ".yaml"
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return fmt.Errorf("read a campaign: %w", err)
	}
	definition, err := campaigns.ParseDefinition(path, text)
	if err != nil {
		return err
	}
	c, err := d.svc.store.CreateCampaign(ctx, definition, now)
	if err != nil {
		return err
	}
	c, err = d.svc.store.Start(ctx, c.ID, now)
	if err != nil {
		return err
	}
	d.screen.started(c)
	return nil
}

// caller is somebody who calls the service on their own.
type caller struct {
	after  time.Duration // from the start
	number string
	to     string
	script people.Script
}

// callers are the inbound calls: VIP customers who reach their manager, and
// customers who ring the reminder line. They are spread so that two agents can
// take them beside those whom the campaigns send.
func (d *demo) callers() []caller {
	dice := rand.New(rand.NewPCG(d.cmd.Seed, 0xca11))
	var vips, others []campaigns.Customer
	for _, c := range d.people {
		if c.Manager != "" {
			vips = append(vips, c)
		} else {
			others = append(others, c)
		}
	}
	dice.Shuffle(len(vips), func(i, j int) { vips[i], vips[j] = vips[j], vips[i] })
	dice.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	list := make([]caller, 0, 10)
	for i := range 5 {
		list = append(list, caller{
			after: time.Duration(2+19*i) * time.Second, number: string(vips[i].Number), to: d.line(vipLine),
			script: people.Script{Persona: people.Complies, Talk: 6 * time.Second, Longest: 75 * time.Second},
		})
	}
	for i, key := range []string{"2", "0", "1", "2", "2"} {
		keys := map[string]string{"suspension-reminder/menu": key}
		list = append(list, caller{
			after: time.Duration(4+14*i) * time.Second, number: string(others[i].Number), to: d.line(reminderLine),
			script: people.Script{Persona: people.Complies, Keys: keys, Talk: 6 * time.Second, Longest: 90 * time.Second},
		})
	}
	return list
}

// inbound places the subscribers' calls and waits for their ends.
func (d *demo) inbound(ctx context.Context) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	for _, c := range d.callers() {
		calls.Go(func() {
			d.dial(ctx, c)
		})
	}
	return nil
}

// dial places a subscriber's call when its time has come, and tries again while
// the phone is in use. How the call went is in the diary.
func (d *demo) dial(ctx context.Context, c caller) {
	for wait := c.after; ; wait = 3 * time.Second {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if _, err := d.net.Call(ctx, c.number, c.to, c.script); err == nil {
			return
		}
	}
}

// callsBack is how many of those whom the service rang in vain call back.
const callsBack = 4

// callBack lets people who saw a missed call ring the number that was shown.
func (d *demo) callBack(ctx context.Context) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	rung := make(map[string]bool)
	for len(rung) < callsBack {
		missed, err := d.net.Wait(ctx, func(e people.Entry) bool {
			return e.Kind == people.KindCancel && !rung[e.Who]
		})
		if err != nil {
			return nil // the show is over
		}
		rung[missed.Who] = true
		shown := d.shown(missed)
		calls.Go(func() {
			d.dial(ctx, caller{
				after: 2 * time.Second, number: missed.Who, to: shown,
				script: people.Script{Persona: people.Complies, Longest: 90 * time.Second},
			})
		})
	}
	return nil
}

// shown is the number that a missed call came from.
func (d *demo) shown(e people.Entry) string {
	for _, i := range d.net.Invites() {
		if i.Leg == e.Leg {
			return i.From
		}
	}
	return d.line(reminderLine)
}

// finished waits until no campaign has anybody left to call.
func (d *demo) finished(ctx context.Context) error {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		list, err := d.svc.store.Campaigns(ctx)
		if err != nil {
			return err
		}
		running := 0
		for _, c := range list {
			if c.State == campaigns.Running {
				running++
			}
		}
		if running == 0 {
			return nil
		}
	}
}
