package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

type campaignWhyCmd struct {
	campaignArg
	Contact string `arg:"" optional:"" help:"One contact: any of its numbers, its key, or a part of its name; none: the campaign as a whole."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Run lists the rules for one contact, or says how the campaign as a whole
// stands.
func (c *campaignWhyCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		w := why{cfg: cfg, s: s, campaign: campaign, now: time.Now()}
		if c.Contact == "" {
			return w.whole(a, c.JSON)
		}
		v, err := w.contact(a.ctx, c.Contact)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(a.out).Encode(v)
		}
		v.print(a.out, w.now)
		return nil
	})
}

// why answers questions on a campaign at one moment.
type why struct {
	cfg      config
	s        *store.Store
	campaign campaigns.Campaign
	now      time.Time
}

// contactWhy is what can be said of one contact.
type contactWhy struct {
	campaigns.Verdict

	Key      string                 `json:"key"`
	Name     string                 `json:"name,omitempty"`
	Number   phone.Number           `json:"number"`           // that is called next
	Others   []phone.Number         `json:"others,omitempty"` // of the same customer
	Contact  campaigns.ContactState `json:"contact_state"`
	Attempts int                    `json:"attempts"`
	Last     campaigns.Disposition  `json:"last,omitempty"`
	Zones    []string               `json:"zones"`               // where it may be
	Rules    []string               `json:"rules,omitempty"`     // the campaign's packs
	Reminder []string               `json:"reminders,omitempty"` // their rules that are left to people
	Halted   string                 `json:"halted,omitempty"`    // why the campaign dials nobody, whoever it is
	Advice   string                 `json:"advice,omitempty"`    // what to do about that
	Down     []string               `json:"trunks_down,omitempty"`

	places []*time.Location
	ended  bool // the campaign is over
}

// contact evaluates the contact policy for one contact.
func (w why) contact(ctx context.Context, who string) (contactWhy, error) {
	c, err := w.find(ctx, who)
	if err != nil {
		return contactWhy{}, err
	}
	in, _, err := w.s.Why(ctx, c.ID, w.now)
	if err != nil {
		return contactWhy{}, err
	}
	if in, err = w.cfg.ways(ctx, usesOf(w.s), in, w.now); err != nil {
		return contactWhy{}, err
	}
	in.CallerID = w.cfg.shows(in.Definition, c)
	v := contactWhy{
		Verdict: campaigns.Evaluate(in, w.now), Key: c.Key, Name: c.Name, Number: c.Number,
		Others:  slices.DeleteFunc(c.Numbers(), func(n phone.Number) bool { return n == c.Number }),
		Contact: c.State, Attempts: c.Attempts, Last: c.Last, Zones: in.Zones, Rules: w.campaign.Rules,
	}
	for _, r := range w.campaign.RulesOf() {
		if r.Reminds() {
			v.Reminder = append(v.Reminder, r.ID)
		}
	}
	for i := range v.Checks {
		v.Checks[i].Detail = cmp.Or(v.Checks[i].Detail, passedWords(v.Checks[i], in))
	}
	if len(v.Zones) == 0 {
		v.Zones = []string{cmp.Or(in.Definition.Zone, "UTC")}
	}
	if v.places, err = phone.Locations(v.Zones, ""); err != nil {
		v.places = []*time.Location{time.UTC}
	}
	if err = w.halted(ctx, &v); err != nil {
		return v, err
	}
	v.Down, err = downTrunks(ctx, w.s, w.campaign.Trunks, w.now)
	return v, err
}

// passedWords says what a rule found that passed and said nothing.
func passedWords(c campaigns.Check, in campaigns.Inputs) string {
	if !c.Passed {
		return ""
	}
	words := map[string]string{
		campaigns.RuleCampaign:    "it is running",
		campaigns.RuleContact:     "it is pending",
		campaigns.RuleClaim:       "a node could take it",
		campaigns.RuleExpiry:      "no end is set",
		campaigns.RuleDoNotCall:   "on no list",
		campaigns.RuleConsent:     "none is needed",
		campaigns.RuleHoldOut:     "not drawn for comparison",
		campaigns.RuleDue:         "since " + listTime(in.Due),
		campaigns.RuleHours:       "any time is permitted",
		campaigns.RuleRecall:      "no call was abandoned lately",
		campaigns.RuleOpen:        "no call is in progress",
		campaigns.RuleDestination: "a trunk may call the number",
		campaigns.RuleCap:         "a trunk has something left of its day",
		campaigns.RuleCallerID:    "shows " + string(in.CallerID),
	}
	return words[c.Rule]
}

// mostMeant is how many contacts are named of those that somebody may mean.
const mostMeant = 10

// find finds a contact by what somebody calls it.
func (w why) find(ctx context.Context, who string) (campaigns.Contact, error) {
	number, err := phone.Parse(who, w.cfg.Region)
	if err != nil {
		number = phone.Number(who)
	}
	list, err := w.s.FindContacts(ctx, w.campaign.ID, who, number, mostMeant+1)
	switch {
	case err != nil:
		return campaigns.Contact{}, err
	case len(list) == 0:
		return campaigns.Contact{}, fmt.Errorf(
			"campaign %s has no contact %q; write a number as +8613800138000, the list's key, or a part of the name", w.campaign.Name, who)
	case len(list) == 1:
		return list[0], nil
	}
	names := make([]string, 0, len(list))
	for _, c := range list[:min(len(list), mostMeant)] {
		names = append(names, fmt.Sprintf("  %s  %s  %s", c.Key, string(c.Number), c.Name))
	}
	text := strings.Join(names, "\n")
	if len(list) > mostMeant {
		text += "\n  and more"
	}
	return campaigns.Contact{}, errors.New(fmt.Sprintf("%q may be one of several; say which by its key:\n", who) + text) //nolint:err113 // it is for reading
}

func (v contactWhy) print(out io.Writer, now time.Time) {
	width := cmp.Or(terminalWidth(out), plainWidth)
	fmt.Fprint(out, hang("", strings.Join(v.who(), ", "), width))
	fmt.Fprint(out, hang("", v.there(now), width), "\n")
	for _, check := range v.Checks {
		v.printCheck(out, check, width)
	}
	fmt.Fprintln(out)
	fmt.Fprint(out, hang("", v.result(now), width))
	v.printHalted(out, width)
	if len(v.Reminder) > 0 {
		fmt.Fprint(out, hang("", fmt.Sprintf("Left to people: %s. Read them: careline rules show %s",
			strings.Join(v.Reminder, ", "), v.Rules[0]), width))
	}
}

// who says who the contact is, and what became of it.
func (v contactWhy) who() []string {
	parts := []string{strings.TrimSpace(v.Key + " " + v.Name), string(v.Number)}
	if v.Key == string(v.Number) {
		parts = parts[1:]
	}
	for _, n := range v.Others {
		parts = append(parts, "also "+string(n))
	}
	parts = append(parts, string(v.Contact), plural(v.Attempts, "attempt"))
	if v.Last != "" {
		parts = append(parts, "the last "+string(v.Last))
	}
	return parts
}

// there says what time it is where the contact may be.
func (v contactWhy) there(now time.Time) string {
	return "It is " + at(now, v.places) + "."
}

func (v contactWhy) printCheck(out io.Writer, c campaigns.Check, width int) {
	mark := "ok  "
	if !c.Passed {
		mark = "HELD"
	}
	head := fmt.Sprintf("  %s  %-12s ", mark, c.Rule)
	lines := hang(head, there(c.Detail, v.places), width)
	fmt.Fprint(out, strings.TrimRight(lines, " \n"), "\n")
	indent := strings.Repeat(" ", len(head))
	if !c.Passed && !c.Next.IsZero() {
		fmt.Fprint(out, hang(indent, "until "+at(c.Next, v.places), width))
	}
	if c.Source != "" {
		fmt.Fprint(out, hang(indent, "by "+c.Source, width))
	}
}

// result says whether the contact can be called, or when.
func (v contactWhy) result(now time.Time) string {
	standing := false // a rule that time alone does not lift
	for _, c := range v.Checks {
		standing = standing || !c.Passed && (c.Rule == campaigns.RuleDestination || c.Rule == campaigns.RuleCallerID || c.Rule == campaigns.RuleMinRing)
	}
	switch {
	case v.Contact == campaigns.Dialing:
		return "It is being called right now."
	case v.Contact.Final():
		return "It will not be called: it is " + strings.ReplaceAll(string(v.Contact), "_", " ") + "."
	case v.Allowed:
		return "It may be called now."
	case v.held(campaigns.RuleCampaign) && v.State == "" && !standing:
		return v.whenItRuns(now)
	case standing && !v.Next.IsZero():
		return "It is not called until that is changed; it is looked at again from " + at(v.Next, v.places) + "."
	case !v.Next.IsZero():
		return "It may be called from " + at(v.Next, v.places) + ", in " + roughly(v.Next.Sub(now)) + "."
	case v.State != "":
		return fmt.Sprintf("It will not be called; when it is looked at next it becomes %s.", v.State)
	default:
		return "It will not be called."
	}
}

// at writes a time where a contact may be, and here where that is elsewhere.
func at(t time.Time, places []*time.Location) string {
	const layout = "Mon 2 Jan 2006 15:04"
	var clocks []string
	for _, place := range places {
		clock := t.In(place).Format(layout) + " in " + place.String()
		same := slices.ContainsFunc(clocks, func(c string) bool { return strings.HasPrefix(c, t.In(place).Format(layout)) })
		if !same {
			clocks = append(clocks, clock)
		}
	}
	if len(clocks) > 2 {
		slices.Sort(clocks)
		clocks = append(clocks[:1], fmt.Sprintf("otherwise in %d more time zones", len(places)-1))
	}
	here := t.Local().Format(layout)
	if !slices.ContainsFunc(clocks, func(c string) bool { return strings.HasPrefix(c, here) }) {
		clocks = append(clocks, t.Local().Format("Mon 15:04")+" here")
	}
	return strings.Join(clocks, ", ")
}

// roughly writes how long something takes, in its two greatest units.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(d, 0)/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d d %d h", d/day, d%day/time.Hour)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// places is a zone by its name; none where it is not known.
func places(zone string) []*time.Location {
	loc, err := phone.Location(zone)
	if err != nil {
		return nil
	}
	return []*time.Location{loc}
}

// stamps are times as the contact policy writes them.
var stamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// there writes the times of a text as clocks show them at places.
func there(text string, places []*time.Location) string {
	return stamps.ReplaceAllStringFunc(text, func(stamp string) string {
		t, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			return stamp
		}
		return at(t, places)
	})
}
