package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

type callsCmd struct {
	List callsListCmd `cmd:"" help:"List the calls of late: who called whom, and how it ended."`
	Show callsShowCmd `cmd:"" help:"Show how a call went: what was said in SIP, as a ladder, or what Twilio told of it."`
}

// callsListCmd lists calls that are over.
type callsListCmd struct {
	Since       span   `placeholder:"1h" help:"Only those that began within this time, as 30m, 12h or 7d."`
	Campaign    string `placeholder:"NAME" help:"Only those of a campaign."`
	Number      string `placeholder:"NUMBER" help:"Only those from or to a number; its last digits will do."`
	Disposition string `placeholder:"D" help:"Only those that ended so: answered, busy, no_answer, ..."`
	Failed      bool   `help:"Only those that were not answered."`
	Limit       int    `default:"100" help:"The latest so many."`
	JSON        bool   `name:"json" help:"Print JSON."`
}

// Run lists calls, the latest at the end.
func (c *callsListCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		f, err := c.filter(a, s)
		if err != nil {
			return err
		}
		list, err := s.Traces(a.ctx, f)
		if err != nil {
			return err
		}
		switch {
		case c.JSON:
			return printCallsJSON(a.out, list)
		case len(list) == 0:
			fmt.Fprintln(a.out, c.none(cfg))
		default:
			printCalls(a.out, list, terminalWidth(a.out), time.Now())
			if len(list) == f.Limit {
				fmt.Fprintf(a.out, "The latest %d; more by --limit, fewer by --since, --number, --campaign, --failed.\n", f.Limit)
			}
		}
		return nil
	})
}

func (c *callsListCmd) check() error {
	if c.Limit < 1 || c.Limit > 1_000_000 {
		return fmt.Errorf("%w: --limit must be 1 to 1000000", errUsage)
	}
	if c.Disposition == "" {
		return nil
	}
	var all []string
	for _, d := range campaigns.Dispositions() {
		if string(d) == c.Disposition {
			return nil
		}
		all = append(all, string(d))
	}
	return fmt.Errorf("%w: --disposition is one of %s", errUsage, strings.Join(all, ", "))
}

func (c *callsListCmd) filter(a *app, s *store.Store) (store.TraceFilter, error) {
	f := store.TraceFilter{
		Number: digitsOf(c.Number), Disposition: campaigns.Disposition(c.Disposition), Failed: c.Failed, Limit: c.Limit,
	}
	if c.Since.set {
		f.Since = time.Now().Add(-c.Since.d)
	}
	if c.Campaign == "" {
		return f, nil
	}
	campaign, err := s.CampaignNamed(a.ctx, c.Campaign)
	if err != nil {
		return f, noCampaign(c.Campaign, err)
	}
	f.Campaign = campaign.ID
	return f, nil
}

// digitsOf is a number without what people write between its digits, and without
// the 0 that stands for the country.
func digitsOf(number string) string {
	n := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -./()", r) {
			return -1
		}
		return r
	}, number)
	if n != number || strings.HasPrefix(n, "0") {
		n = strings.TrimLeft(n, "0")
	}
	return n
}

// none says why a list is empty, and what to do.
func (c *callsListCmd) none(cfg config) string {
	switch {
	case cfg.SIP.keep() == 0:
		return "No calls are kept: sip.keep_traces is 0 in the configuration."
	case c.Since.set || c.Number != "" || c.Campaign != "" || c.Disposition != "" || c.Failed:
		return "No call is like that. Without options all calls that are kept are listed: careline calls list"
	default:
		return "No calls yet. Each is listed here a second after its end; careline serve carries them."
	}
}

// terminalWidth is how wide a terminal is, in characters; 0 is no terminal.
func terminalWidth(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// shortID is what of an id is random, and enough to name a call.
func shortID(id string) string {
	if len(id) <= 8 {
		return id
	}
	return id[len(id)-8:]
}

// callColumns name what is listed of a call, the most telling first: a narrow
// terminal shows as many as it has room for.
var callColumns = []string{"time", "id", "from", "to", "disposition", "talk", "ring", "cause", "trunk", "direction"}

// callCells are a call in the list.
func callCells(t call.Trace, now time.Time) []string {
	talk, ring := "", ""
	if !t.AnsweredAt.IsZero() {
		talk = seconds(t.EndedAt.Sub(t.AnsweredAt))
	}
	if t.Detail.Timers.Ringing > 0 {
		ring = seconds(time.Duration(t.Detail.Timers.Ringing) * time.Millisecond)
	}
	when := t.BegunAt.Local().Format("01-02 15:04")
	if now.Sub(t.BegunAt) < 20*time.Hour {
		when = t.BegunAt.Local().Format("15:04:05")
	}
	return []string{
		when, shortID(t.ID), orDash(t.From), orDash(t.To), string(t.Disposition), orDash(talk), orDash(ring),
		orDash(causeText(t)), orDash(t.Trunk), string(t.Direction),
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// causeText is what a call's end was read from: SIP status and Q.850 cause.
func causeText(t call.Trace) string {
	e := t.Detail.Evidence
	switch {
	case e.Status == 0 || t.Disposition == campaigns.Answered:
		return ""
	case e.Cause != 0:
		return fmt.Sprintf("%d/%d", e.Status, e.Cause)
	default:
		return fmt.Sprint(e.Status)
	}
}

// seconds is a length of time as people read it.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// printCalls prints calls in columns, the latest last.
func printCalls(w io.Writer, list []call.Trace, width int, now time.Time) {
	rows := [][]string{slices.Clone(callColumns)}
	for i := len(list) - 1; i >= 0; i-- {
		rows = append(rows, callCells(list[i], now))
	}
	widths := make([]int, len(callColumns))
	for _, r := range rows {
		for i, cell := range r {
			r[i] = printable(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
	}
	columns, used := 0, 0
	for columns < len(widths) && (width == 0 || used+widths[columns] <= width) {
		used += widths[columns] + 1
		columns++
	}
	for _, r := range rows {
		var b strings.Builder
		for i, cell := range r[:columns] {
			fmt.Fprintf(&b, "%-*s ", widths[i], cell)
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
