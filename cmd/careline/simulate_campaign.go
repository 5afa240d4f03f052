package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/sim"
	"careline/speech"
	"careline/store"
)

// ofCampaign is the rehearsal of a campaign of the database, which is only read:
// of what is left of it, by the configured trunks.
func (c *simulateCmd) ofCampaign(a *app) (sim.Script, error) {
	script := sim.Script{Name: c.What, Seed: 1}
	if c.People != "" {
		text, err := os.ReadFile(c.People)
		if err != nil {
			return script, fmt.Errorf("read a file of people: %w", err)
		}
		if script, err = sim.ParsePeople(c.People, text); err != nil {
			return script, err
		}
		script.Name = c.What
	}
	err := a.withStore(func(cfg config, s *store.Store) error { return c.copy(a, cfg, s, &script.Setup) })
	return script, err
}

// copy reads a campaign, its flow, its contacts and the do-not-call list.
func (c *simulateCmd) copy(a *app, cfg config, s *store.Store, set *sim.Setup) error {
	campaign, err := s.CampaignNamed(a.ctx, c.What)
	if err != nil {
		return noCampaign(c.What, err)
	}
	name, text, err := s.FlowText(a.ctx, campaign.FlowHash)
	if err != nil {
		return err
	}
	set.Flows = []sim.File{{Name: name, Text: text}}
	set.Campaigns = []sim.Campaign{{Definition: campaign.Definition, ID: campaign.ID}}
	list := sim.List{Name: campaign.List}
	done := 0
	for contact, err := range s.Contacts(a.ctx, campaign.ID) {
		if err != nil {
			return err
		}
		if contact.State.Final() && contact.State != campaigns.HeldOut {
			done++
			continue
		}
		list.Customers = append(list.Customers, contact.Customer)
	}
	if len(list.Customers) == 0 {
		return fmt.Errorf("campaign %s has no contact left to call", c.What)
	}
	if done > 0 {
		fmt.Fprintf(a.err, "%d contacts of %s are settled already and left out; what was tried on the others is not counted.\n", done, c.What)
	}
	if c.People == "" {
		fmt.Fprintln(a.err, "How these customers behave is not known: they answer, and press 1 or 2, by usual chances. Say it by --people FILE.")
	}
	set.Lists = []sim.List{list}
	return c.around(a, cfg, s, set)
}

// around reads what else decides: trunks, do-not-call, the place and the voices.
func (c *simulateCmd) around(a *app, cfg config, s *store.Store, set *sim.Setup) error {
	d := set.Campaigns[0]
	if err := refusals(a, s, set); err != nil {
		return err
	}
	carriers := set.Trunks // of the file of people
	set.Trunks = nil
	for _, t := range cfg.Trunks {
		if !slices.Contains(d.Trunks, t.Name) {
			continue
		}
		is := sim.Trunk{Name: t.Name, MaxCalls: t.MaxCalls, PerSecond: t.CallsPerSecond, Allow: t.Allow, Carrier: sim.DefaultCarrier()}
		if is.Allow == nil {
			is.Allow = phone.Prefixes{}
		}
		for _, other := range carriers {
			if other.Name == t.Name {
				is.Carrier = other.Carrier
			}
		}
		set.Trunks = append(set.Trunks, is)
	}
	if err := cfg.permits(d.Definition); err != nil {
		return err
	}
	loc, err := phone.Location(d.Zone)
	if err != nil {
		return err
	}
	set.Start = time.Now().In(loc).Truncate(time.Minute)
	set.Cap = cfg.capOf
	set.CallerID = cfg.shown
	cfg.rehearsed(set, a.err)
	library, err := cfg.openSpeech()
	if err != nil {
		return err
	}
	set.Length = spokenBy(library)
	return nil
}

// rehearsed has the configured agents of a campaign's queue at work, where the file
// of people names none.
func (c config) rehearsed(set *sim.Setup, told io.Writer) {
	queue := set.Campaigns[0].Queue
	i := slices.IndexFunc(c.Queues, func(q agents.Queue) bool { return q.Name == queue })
	if i < 0 || slices.ContainsFunc(set.Staff, func(s sim.Staff) bool { return s.Queue == queue }) {
		return
	}
	n := 0
	for _, a := range c.people() {
		if (agents.View{Agent: a}).Serves(c.Queues[i]) {
			n++
		}
	}
	if n > 0 {
		set.Staff = append(set.Staff, sim.DefaultStaff(queue, n))
		fmt.Fprintf(told, "%s of the configuration at work in queue %s. Say others by --agents or --people.\n", plural(n, "agent"), queue)
	}
}

// spokenBy is how long the recordings of a prompt are; where one is missing it is
// guessed from the text.
func spokenBy(library *speech.Library) func(ivr.Prompt) time.Duration {
	return func(p ivr.Prompt) time.Duration {
		clips, err := library.Clips(p)
		if err != nil {
			return sim.Spoken(p)
		}
		var d time.Duration
		for _, clip := range clips {
			d += clip.Duration()
		}
		return d
	}
}

// refusals reads what the do-not-call list says of the customers.
func refusals(a *app, s *store.Store, set *sim.Setup) error {
	about := map[phone.Number]bool{}
	for _, c := range set.Lists[0].Customers {
		for _, n := range c.Numbers() {
			about[n] = true
		}
	}
	for e, err := range s.DoNotCalls(a.ctx, store.RefusalFilter{}) {
		if err != nil {
			return err
		}
		ours := e.Campaign == "" || e.Campaign == set.Campaigns[0].ID
		if ours && (about[e.Number] || e.List == set.Lists[0].Name && e.Key != "") {
			set.DoNotCall = append(set.DoNotCall, e)
		}
	}
	return nil
}
