package sim_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/sim"
)

// contactsOfDay is how many contacts a day has.
const contactsOfDay = 300

// begins is when a day begins: a Tuesday on which Europe has winter time.
var begins = time.Date(2026, 3, 3, 6, 0, 0, 0, time.UTC)

// survey asks two questions; 9 is not to be called again.
const survey = `
flow: survey
outbound: true
languages: [en]
start: first
farewell: bye
nodes:
  first:
    gather: {num_digits: 1, timeout: 4s, tries: 2}
    say: {en: "Are you satisfied? Press 1 for yes, 2 for no, 0 for an agent, 9 not to be called again."}
    result: satisfied
    on: {"1": second, "2": second, "0": agent, "9": stop, noinput: bye, nomatch: bye}
  second:
    gather: {num_digits: 1, timeout: 4s, tries: 1}
    say: {en: "How much? Press a key from 1 to 5."}
    result: score
    on: {"1-5": bye, noinput: bye, nomatch: bye}
  agent:
    enqueue: {queue: care, max_wait: 60s}
    on: {connected: second, timeout: note, full: note, failed: note}
  note:
    callback: {reason: nobody was free}
    next: bye
  stop:
    optout: {scope: all}
    next: bye
  bye:
    say: {en: "Thank you. Goodbye."}
    next: end
`

// spoken has an agent talk first.
const spoken = `
flow: spoken
outbound: true
languages: [en]
start: agent
farewell: sorry
nodes:
  agent:
    enqueue: {queue: care, max_wait: 20s}
    on: {connected: after, timeout: sorry, full: sorry, failed: sorry}
  after:
    gather: {num_digits: 1, timeout: 4s, tries: 1}
    say: {en: "How was it? Press a key from 1 to 5."}
    result: score
    on: {"1-5": bye, noinput: bye, nomatch: bye}
  sorry:
    say: {en: "This is Daystar Mobile, telephone 1861. Nobody is free now. Goodbye."}
    next: end
  bye:
    say: {en: "Thank you. Goodbye."}
    next: end
`

// land is where numbers of a prefix are, as everybody knows.
type land struct {
	prefix string
	digits int
	zones  []string
}

var lands = []land{
	{"+44207946", 4, []string{"Europe/London"}},
	{"+4930", 8, []string{"Europe/Berlin"}},
	{"+1212555", 4, []string{"America/New_York"}},
	{"+1415555", 4, []string{"America/Los_Angeles"}},
	{"+8610", 8, []string{"Asia/Shanghai"}},
	{"+612", 8, []string{"Australia/Sydney"}},
	{"+9122", 8, []string{"Asia/Kolkata"}},
}

// day is a day of random campaigns, people, carriers and accidents.
type day struct {
	seed  uint64
	r     *rand.Rand
	setup sim.Setup
	zones map[phone.Number][]string // where each number is
	two   bool                      // another node dials too
	until time.Time
}

func newDay(seed uint64) *day {
	d := &day{seed: seed, r: rand.New(rand.NewPCG(seed, 2)), zones: map[phone.Number][]string{}}
	d.until = begins.Add(30 * time.Hour)
	d.two = d.chance(0.4)
	d.setup = sim.Setup{
		Start: begins, Until: d.until, Flows: []sim.File{{Name: "survey.yaml", Text: []byte(survey)}, {Name: "spoken.yaml", Text: []byte(spoken)}},
		People: d.people(), Trunks: d.trunks(),
	}
	d.lists()
	for i := range 1 + d.r.IntN(3) {
		d.setup.Campaigns = append(d.setup.Campaigns, sim.Campaign{Definition: d.campaign(i)})
	}
	staff := sim.DefaultStaff("care", 2+d.r.IntN(6))
	staff.Every = time.Duration(d.r.IntN(3)) * time.Hour
	staff.Talk.Mean = time.Duration(20+d.r.IntN(100)) * time.Second
	if d.chance(0.5) {
		staff.Shifts = []phone.Hours{{From: "08:00", To: "12:30"}, {From: "13:00", To: "21:00"}}
	}
	d.setup.Staff = []sim.Staff{staff}
	return d
}

func (d *day) chance(share float64) bool { return d.r.Float64() < share }

func (d *day) pick(list ...string) string { return list[d.r.IntN(len(list))] }

// lists makes customers of many places, some with several numbers, some of whom
// stand on both lists.
func (d *day) lists() {
	var all []campaigns.Customer
	for i := range contactsOfDay {
		c := campaigns.Customer{Key: fmt.Sprintf("K%03d", i), Number: d.number()}
		for d.chance(0.25) && len(c.Others) < 3 {
			c.Others = append(c.Others, d.number())
		}
		if d.chance(0.2) {
			c.Zone = d.pick("Europe/Lisbon", "Asia/Shanghai", "America/Denver", "Europe/Athens")
		}
		for _, n := range append([]phone.Number{c.Number}, c.Others...) {
			if c.Zone != "" {
				d.zones[n] = append(d.zones[n], c.Zone)
			}
		}
		all = append(all, c)
	}
	cut := 150 + d.r.IntN(150)
	d.setup.Lists = []sim.List{{Name: "a", Customers: all[:cut]}, {Name: "b", Customers: all[cut-50:]}}
}

// number is one that nobody else has.
func (d *day) number() phone.Number {
	for {
		l := lands[d.r.IntN(len(lands))]
		n := phone.Number(l.prefix + fmt.Sprintf("%0*d", l.digits, d.r.IntN(pow10(l.digits))))
		if l.digits == 8 && n[len(l.prefix)] < '2' { // no such subscriber
			continue
		}
		if _, taken := d.zones[n]; !taken {
			d.zones[n] = append([]string(nil), l.zones...)
			return n
		}
	}
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

func (d *day) people() sim.People {
	m := sim.DefaultPeople()[0]
	m.Answers, m.Busy, m.Off, m.Refuses = 0.2+0.5*d.r.Float64(), 0.1*d.r.Float64(), 0.1*d.r.Float64(), 0.05
	m.Machine = 0.2 * d.r.Float64()
	m.Asked = map[string]sim.Reply{
		"first": {HangsUp: 0.1, Silent: 0.1, BargesIn: 0.3, Presses: map[string]float64{"1": 0.5, "2": 0.2, "9": 0.1, "0": 0.1, "7": 0.1}},
		"":      {HangsUp: 0.05, BargesIn: 0.3, Presses: map[string]float64{"1": 0.3, "5": 0.5, "#": 0.1}},
	}
	return sim.People{m}
}

// trunks that fail, push back, and are away at times.
func (d *day) trunks() []sim.Trunk {
	list := make([]sim.Trunk, 1+d.r.IntN(3))
	for i := range list {
		c := sim.DefaultCarrier()
		c.Fails = map[int]float64{503: 0.1 * d.r.Float64(), 404: 0.02 * d.r.Float64(), 500: 0.05 * d.r.Float64()}
		if d.chance(0.3) {
			c.Lines = 3 + d.r.IntN(10)
		}
		if d.chance(0.3) {
			c.Rate = 1
		}
		for d.chance(0.3) {
			c.Down = append(c.Down, sim.Outage{From: time.Duration(d.r.IntN(600)) * time.Minute, For: time.Duration(d.r.IntN(30)) * time.Minute})
		}
		list[i] = sim.Trunk{Name: fmt.Sprintf("t%d", i), MaxCalls: 1 + d.r.IntN(30), PerSecond: 0.2 + 2*d.r.Float64(), Carrier: c}
		if i > 0 && d.chance(0.3) {
			list[i].Allow = phone.Prefixes{"+44", "+1", "+86"}
		}
	}
	return list
}

func (d *day) campaign(i int) campaigns.Definition {
	c := campaigns.Definition{
		Name: fmt.Sprintf("c%d", i), Flow: "survey", List: d.pick("a", "b"), Mode: campaigns.Agentless, Rules: []string{"none"},
		CallerID: "+442079460901", Zone: "Europe/London", MaxCalls: d.r.IntN(20), RingTimeout: time.Duration(15+d.r.IntN(20)) * time.Second,
		MaxAttempts: 1 + d.r.IntN(5), PerDay: d.r.IntN(4), PerWeek: d.r.IntN(3) * 2, Per5Min: d.r.IntN(2), Priority: 1 + d.r.IntN(2),
		Share: 1 + d.r.IntN(5), Complete: []string{"score"}, Success: map[string][]string{"score": {"5"}},
		Retry: map[campaigns.Disposition][]time.Duration{
			campaigns.Busy:        {time.Duration(1+d.r.IntN(20)) * time.Minute},
			campaigns.NoAnswer:    {time.Duration(1+d.r.IntN(120)) * time.Minute, 2 * time.Hour},
			campaigns.Unreachable: {time.Duration(1+d.r.IntN(300)) * time.Minute},
			campaigns.Congestion:  {time.Duration(1+d.r.IntN(10)) * time.Minute},
			campaigns.NotPlaced:   {time.Minute},
		},
	}
	for _, t := range d.setup.Trunks {
		if len(c.Trunks) == 0 || d.chance(0.6) {
			c.Trunks = append(c.Trunks, t.Name)
		}
	}
	if from := d.r.IntN(6); d.chance(0.85) {
		c.Hours = phone.Hours{From: fmt.Sprintf("%02d:%02d", 8+from, 15*d.r.IntN(4)), To: fmt.Sprintf("%02d:00", 16+d.r.IntN(6))}
		if d.chance(0.3) {
			c.Hours.Days = []string{"mon", "tue", "thu"}
		}
	}
	if d.chance(0.4) {
		c.HoldOut = 0.3 * d.r.Float64()
	}
	if d.chance(0.4) {
		c.NextNumber = []campaigns.Disposition{campaigns.NoAnswer, campaigns.Busy, campaigns.Unreachable}
	}
	if d.chance(0.5) {
		c.Mode, c.Flow, c.Queue, c.Ratio = campaigns.Mode(d.pick("progressive", "power", "predictive")), "spoken", "care", 1+2*d.r.Float64()
		c.Machine = campaigns.Machine(d.pick("off", "hang_up"))
	}
	return c.WithDefaults()
}
