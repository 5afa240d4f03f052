package sim

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"careline/campaigns"
)

// Summary is what came of the rehearsals of several seeds.
type Summary struct {
	Name      string            `json:"name,omitempty"`
	Start     time.Time         `json:"start"`
	Seeds     []uint64          `json:"seeds"`
	Campaigns []CampaignSummary `json:"campaigns"`
	Hours     []HourSummary     `json:"hours"`
	Held      map[string]Figure `json:"held"`
	Trunks    []TrunkResult     `json:"trunks"` // of all seeds, the most
	Warnings  []string          `json:"warnings"`
	Runs      []Result          `json:"runs"`
}

// CampaignSummary is what came of a campaign.
type CampaignSummary struct {
	Name         string                            `json:"name"`
	Submitted    int                               `json:"submitted"`
	Connected    Figure                            `json:"connected"`
	Completed    Figure                            `json:"completed"`
	Accepted     Figure                            `json:"accepted"`
	Attempts     Figure                            `json:"attempts"`
	Reach        Figure                            `json:"connected_share"` // 0..1 of those submitted
	Completion   Figure                            `json:"completed_share"` // 0..1 of those connected
	Acceptance   Figure                            `json:"accepted_share"`  // 0..1 of those completed
	Live         Figure                            `json:"live"`            // calls that a person answered, where an agent shall come
	Abandonment  Figure                            `json:"abandoned_share"` // 0..1 of those
	Contacts     map[campaigns.ContactState]Figure `json:"contacts"`
	Dispositions map[campaigns.Disposition]Figure  `json:"dispositions"`
	FinishedAt   []time.Time                       `json:"finished_at"` // of each seed that came to it, earliest first
}

// HourSummary is one hour of the mean rehearsal.
type HourSummary struct {
	From      time.Time `json:"from"`
	Calls     float64   `json:"calls"`
	Answered  float64   `json:"answered"`
	Held      float64   `json:"held"`
	Live      float64   `json:"live,omitempty"`
	Abandoned float64   `json:"abandoned,omitempty"`
	Staffed   float64   `json:"staffed_s,omitempty"`
	Busy      float64   `json:"busy_s,omitempty"`
}

// Add adds another hour's figures.
func (h *HourSummary) Add(o HourSummary) {
	h.Calls += o.Calls
	h.Answered += o.Answered
	h.Held += o.Held
	h.Live += o.Live
	h.Abandoned += o.Abandoned
	h.Staffed += o.Staffed
	h.Busy += o.Busy
}

// of is the hour's figures, each divided by n.
func (h Hour) of(n float64) HourSummary {
	return HourSummary{
		Calls: float64(h.Calls) / n, Answered: float64(h.Answered) / n, Held: float64(h.Held) / n,
		Live: float64(h.Live) / n, Abandoned: float64(h.Abandoned) / n, Staffed: h.Staffed / n, Busy: h.Busy / n,
	}
}

// Figure is a mean over seeds, within what it lies with 95 % confidence.
type Figure struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// student are the quantiles of Student's law for 95 % between both ends, by the
// degrees of freedom from 1; above them the normal law will do.
var student = []float64{
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
	2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
}

// figure is the mean of values. One value alone says nothing of the others.
func figure(values []float64) Figure {
	n := float64(len(values))
	if n == 0 {
		return Figure{}
	}
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	if n == 1 {
		return Figure{Mean: mean, Low: mean, High: mean}
	}
	t := 1.96
	if i := len(values) - 2; i < len(student) {
		t = student[i]
	}
	half := t * math.Sqrt(squares/(n-1)/n)
	return Figure{Mean: mean, Low: max(mean-half, 0), High: mean + half} // of what cannot be below 0
}

// Summarise draws the results of several seeds of one setup together.
func Summarise(name string, s Setup, runs []Result) Summary {
	s = s.withDefaults()
	runs = slices.SortedFunc(slices.Values(runs), func(a, b Result) int { return int(a.Seed) - int(b.Seed) })
	sum := Summary{Name: name, Start: s.Start, Runs: runs, Held: map[string]Figure{}}
	for _, r := range runs {
		sum.Seeds = append(sum.Seeds, r.Seed)
	}
	for i := range s.Campaigns {
		sum.Campaigns = append(sum.Campaigns, summariseCampaign(runs, i))
	}
	for rule := range all(runs, func(r Result) map[string]int { return r.Held }) {
		sum.Held[rule] = of(runs, func(r Result) float64 { return float64(r.Held[rule]) })
	}
	sum.Hours = summariseHours(runs)
	sum.Trunks = summariseTrunks(runs)
	sum.Warnings = warnings(s, sum)
	return sum
}

// of is the figure of one value of each run.
func of(runs []Result, value func(Result) float64) Figure {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = value(r)
	}
	return figure(values)
}

// all are the keys that any run has.
func all[K comparable](runs []Result, counts func(Result) map[K]int) map[K]bool {
	keys := map[K]bool{}
	for _, r := range runs {
		for k := range counts(r) {
			keys[k] = true
		}
	}
	return keys
}

func summariseCampaign(runs []Result, i int) CampaignSummary {
	at := func(r Result) CampaignResult { return r.Campaigns[i] }
	count := func(value func(CampaignResult) int) Figure {
		return of(runs, func(r Result) float64 { return float64(value(at(r))) })
	}
	share := func(part, whole func(CampaignResult) int) Figure {
		f := of(runs, func(r Result) float64 {
			if whole(at(r)) == 0 {
				return 0
			}
			return float64(part(at(r))) / float64(whole(at(r)))
		})
		f.High = min(f.High, 1)
		return f
	}
	submitted := func(c CampaignResult) int { return c.Submitted }
	connected := func(c CampaignResult) int { return c.Connected }
	completed := func(c CampaignResult) int { return c.Completed }
	accepted := func(c CampaignResult) int { return c.Accepted }
	live := func(c CampaignResult) int { return c.Live }
	c := CampaignSummary{
		Name: at(runs[0]).Name, Submitted: at(runs[0]).Submitted,
		Connected: count(connected), Completed: count(completed), Accepted: count(accepted),
		Attempts: count(func(c CampaignResult) int { return c.Attempts }),
		Reach:    share(connected, submitted), Completion: share(completed, connected), Acceptance: share(accepted, completed),
		Live: count(live), Abandonment: share(func(c CampaignResult) int { return c.Abandoned }, live),
		Contacts: map[campaigns.ContactState]Figure{}, Dispositions: map[campaigns.Disposition]Figure{},
	}
	for state := range all(runs, func(r Result) map[campaigns.ContactState]int { return at(r).Contacts }) {
		c.Contacts[state] = count(func(c CampaignResult) int { return c.Contacts[state] })
	}
	for d := range all(runs, func(r Result) map[campaigns.Disposition]int { return at(r).Dispositions }) {
		c.Dispositions[d] = count(func(c CampaignResult) int { return c.Dispositions[d] })
	}
	for _, r := range runs {
		if t := at(r).FinishedAt; !t.IsZero() {
			c.FinishedAt = append(c.FinishedAt, t)
		}
	}
	slices.SortFunc(c.FinishedAt, time.Time.Compare)
	return c
}

func summariseHours(runs []Result) []HourSummary {
	var hours []HourSummary
	n := float64(len(runs))
	for _, r := range runs {
		for i, h := range r.Hours {
			if i == len(hours) {
				hours = append(hours, HourSummary{From: h.From})
			}
			hours[i].Add(h.of(n))
		}
	}
	return hours
}

// summariseTrunks takes the most of all runs.
func summariseTrunks(runs []Result) []TrunkResult {
	by := map[string]TrunkResult{}
	for _, r := range runs {
		for _, t := range r.Trunks {
			most := by[t.Name]
			most.Name, most.Lines, most.PerSecond = t.Name, t.Lines, t.PerSecond
			most.Calls, most.MostAtOnce = max(most.Calls, t.Calls), max(most.MostAtOnce, t.MostAtOnce)
			most.Fastest, most.Refused = max(most.Fastest, t.Fastest), max(most.Refused, t.Refused)
			by[t.Name] = most
		}
	}
	list := make([]TrunkResult, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		list = append(list, by[name])
	}
	return list
}

// usualCap is the share of abandoned calls that most laws and companies permit.
const usualCap = 0.03

// abandoned is the share of live answers to which nobody came.
func (c CampaignResult) abandoned() float64 { return float64(c.Abandoned) / float64(max(c.Live, 1)) }

// many is the part of a list of which it is time to warn.
const many = 0.02

// warnings say what a campaign manager should know before the first call.
func warnings(s Setup, sum Summary) []string {
	list := []string{}
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for i, c := range sum.Campaigns {
		left := of(sum.Runs, func(r Result) float64 { return float64(r.Campaigns[i].Left) })
		if missed := len(sum.Runs) - len(c.FinishedAt); missed > 0 {
			add("%s is not through by %s in %d of %d runs: some %.0f contacts are left", c.Name,
				s.Until.Format("Mon 2 Jan 15:04"), missed, len(sum.Runs), left.Mean)
		}
		if held := c.Contacts[campaigns.HeldOut].Mean; held > 0 {
			add("%s never calls %.0f contacts: they are held out for comparison", c.Name, held)
		}
		if worst := slices.MaxFunc(sum.Runs, func(a, b Result) int {
			return cmp.Compare(a.Campaigns[i].abandoned(), b.Campaigns[i].abandoned())
		}).Campaigns[i].abandoned(); worst > usualCap {
			add("%s abandons %.1f %% of those who answer, in the worst run", c.Name, 100*worst)
		}
		if lost := c.Contacts[campaigns.Invalid].Mean; lost > many*float64(c.Submitted) {
			add("%s has %.0f numbers that do not exist (%.1f %%): clean the list", c.Name, lost, 100*lost/float64(c.Submitted))
		}
		if asked := c.Contacts[campaigns.Suppressed].Mean; asked > many*float64(c.Submitted) {
			add("%s loses %.0f contacts to the do-not-call list", c.Name, asked)
		}
	}
	if held, of := sum.Held[campaigns.RuleHours].Mean, s.contacts(); held > many*float64(of) {
		add("the calling hours end while contacts are still due: %.0f times one has to wait until they open again", held)
	}
	for _, t := range sum.Trunks {
		if float64(t.Refused) > many*float64(t.Calls) {
			add("trunk %s: the carrier does not take %.1f %% of the calls", t.Name, 100*float64(t.Refused)/float64(t.Calls))
		}
		if t.MostAtOnce >= t.Lines {
			add("trunk %s: all %d lines are in use at times: more would be through sooner", t.Name, t.Lines)
		}
	}
	return list
}
