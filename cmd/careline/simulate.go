package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"careline/campaigns"
	"careline/sim"
)

// simulateCmd rehearses campaigns in virtual time.
type simulateCmd struct {
	What   string         `arg:"" name:"campaign-or-file" help:"A campaign of the database, or a rehearsal file (YAML), as examples/rehearsal.yaml."`
	Seeds  *int           `placeholder:"N" help:"Runs, each with people of its own (default: the file's, else 5)."`
	Seed   uint64         `placeholder:"N" help:"Of the first run; the next ones follow (default: the file's, else 1)."`
	From   string         `placeholder:"TIME" help:"When it begins, as '2026-03-02 09:00' (default: the file's, else now)."`
	Until  string         `placeholder:"TIME" help:"When to leave off, done or not, as a time or a span like 5d (default: the file's, else 14d)."`
	Agents int            `placeholder:"N" help:"So many agents serve each queue, whatever the file says."`
	Mode   campaigns.Mode `placeholder:"MODE" help:"Try another mode: agentless, progressive, power, predictive."`
	People string         `placeholder:"FILE" type:"existingfile" help:"How people, carriers and agents behave, for a campaign of the database."`
	JSON   bool           `name:"json" help:"Print JSON."`
}

// Help says more than one line can.
func (simulateCmd) Help() string {
	return `Rehearses a campaign before one real number is dialed: the service's own plan,
pacing, contact policy, flow and tables, in virtual time and in memory, with
people, carriers and agents who behave by chance. The database is only read.

The same seed gives the same days.`
}

// Run rehearses and prints what came of it.
func (c *simulateCmd) Run(a *app) error {
	script, err := c.script(a)
	if err != nil {
		return err
	}
	if err = c.change(&script); err != nil {
		return err
	}
	seeds := make([]uint64, script.Seeds)
	for i := range seeds {
		seeds[i] = script.Seed + uint64(i)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(rarely)) // the tables are not Go's, so that little would be collected often
	began := time.Now()
	bar := newBar(a.err, "rehearsing")
	runs, err := sim.Run(a.ctx, script.Setup, seeds, runtime.GOMAXPROCS(0), bar.show)
	bar.end()
	if err != nil {
		return err
	}
	sum := sim.Summarise(script.Name, script.Setup, runs)
	if c.JSON {
		e := json.NewEncoder(a.out)
		e.SetIndent("", " ")
		return e.Encode(sum)
	}
	printRehearsal(a.out, sum)
	fmt.Fprintf(a.out, "\n%s took %v.\n", plural(len(seeds), "run"), time.Since(began).Round(100*time.Millisecond))
	return nil
}

// rarely is how much garbage there may be beside what is in use, in per cent.
const rarely = 400

// script is what shall be rehearsed.
func (c *simulateCmd) script(a *app) (sim.Script, error) {
	info, err := os.Stat(c.What)
	isFile := err == nil && !info.IsDir()
	if !isFile && slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(c.What)) {
		return sim.Script{}, fmt.Errorf("read a rehearsal: %w", err)
	}
	if !isFile {
		return c.ofCampaign(a)
	}
	if c.People != "" {
		return sim.Script{}, fmt.Errorf("%w: --people is for a campaign of the database; %s says itself how people behave", errUsage, c.What)
	}
	text, err := os.ReadFile(c.What)
	if err != nil {
		return sim.Script{}, fmt.Errorf("read a rehearsal: %w", err)
	}
	if d, err := campaigns.ParseDefinition(c.What, text); err == nil {
		return sim.Script{}, fmt.Errorf("%s is a campaign file; make a draft of it by careline campaign create %s, then: careline simulate %s", c.What, c.What, d.Name)
	}
	dir := filepath.Dir(c.What)
	return sim.Parse(c.What, text, func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return os.ReadFile(path)
	})
}

// change applies the flags.
func (c *simulateCmd) change(s *sim.Script) error {
	set := &s.Setup
	s.Seed = cmp.Or(c.Seed, s.Seed, 1)
	s.Seeds = cmp.Or(s.Seeds, defaultSeeds)
	if c.Seeds != nil {
		s.Seeds = *c.Seeds
	}
	if s.Seeds < 1 || s.Seeds > 1000 {
		return fmt.Errorf("%w: --seeds %d is not from 1 to 1000", errUsage, s.Seeds)
	}
	if err := c.times(set); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if c.Mode != "" && !slices.Contains(campaigns.Modes(), c.Mode) {
		return fmt.Errorf("%w: --mode %s is none of agentless, progressive, power, predictive", errUsage, c.Mode)
	}
	if c.Mode == campaigns.Preview {
		return fmt.Errorf("%w: --mode: %w; it is one of agentless, progressive, power, predictive", errUsage, sim.ErrPreview)
	}
	for i := range set.Campaigns {
		set.Campaigns[i].Mode = cmp.Or(c.Mode, set.Campaigns[i].Mode)
		if d := set.Campaigns[i]; d.Mode == campaigns.Preview {
			return fmt.Errorf("campaign %s: in mode preview agents choose when to dial, which cannot be rehearsed; try --mode progressive", d.Name)
		}
		if d := set.Campaigns[i]; d.Mode.NeedsAgents() && d.Queue == "" {
			return fmt.Errorf("campaign %s: mode %s needs a queue; write queue: NAME into its file", d.Name, d.Mode)
		} else if d.Mode == campaigns.Preview {
			return fmt.Errorf("campaign %s: %w; try another mode with --mode", d.Name, sim.ErrPreview)
		}
	}
	return c.staff(set)
}

// defaultSeeds is how many runs there are where nobody says.
const defaultSeeds = 5

// times reads --from and --until.
func (c *simulateCmd) times(set *sim.Setup) error {
	loc := set.Start.Location()
	if c.From != "" {
		start, err := sim.ParseTime(c.From, loc)
		if err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		if !set.Until.IsZero() {
			set.Until = start.Add(set.Until.Sub(set.Start))
		}
		set.Start = start
	}
	if c.Until == "" {
		return nil
	}
	var err error
	if set.Until, err = sim.ParseTime(c.Until, loc); err != nil {
		span, bad := sim.ParseSpan(c.Until)
		if bad != nil {
			return fmt.Errorf("--until: %q is neither a time, as 2026-03-06 20:00, nor a span, as 5d", c.Until)
		}
		set.Until = set.Start.Add(span)
	}
	if !set.Until.After(set.Start) {
		return fmt.Errorf("--until: %s is not after the start, %s", c.Until, set.Start.Format(time.DateTime))
	}
	return nil
}

// staff sees to it that each queue of a campaign that needs agents has some.
func (c *simulateCmd) staff(set *sim.Setup) error {
	for i := range set.Staff {
		set.Staff[i].Count = cmp.Or(c.Agents, set.Staff[i].Count)
	}
	for _, campaign := range set.Campaigns {
		there := slices.ContainsFunc(set.Staff, func(s sim.Staff) bool { return s.Queue == campaign.Queue })
		switch {
		case campaign.Queue == "" || there:
		case c.Agents > 0:
			set.Staff = append(set.Staff, sim.DefaultStaff(campaign.Queue, c.Agents))
		case campaign.Mode.NeedsAgents():
			return fmt.Errorf("campaign %s: nobody serves queue %s; say --agents N, or agents: in the file", campaign.Name, campaign.Queue)
		}
	}
	return nil
}

// progressBar shows on a terminal how far something is.
type progressBar struct {
	out   io.Writer // nil: nowhere
	what  string
	shown time.Time
}

// newBar shows nothing where out is no terminal.
func newBar(out io.Writer, what string) *progressBar {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progressBar{out: out, what: what}
	}
	return &progressBar{}
}

func (b *progressBar) show(share float64) {
	if b.out == nil || time.Since(b.shown) < refresh/5 {
		return
	}
	b.shown = time.Now()
	fmt.Fprintf(b.out, "\r%s %s %3.0f %%", b.what, bar(share), 100*share)
}

func (b *progressBar) end() {
	if b.out != nil {
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", len(b.what)+barWidth+8))
	}
}
