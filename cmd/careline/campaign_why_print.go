package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
)

// print shows the screen: one line for each thing that may hold the campaign,
// and the conclusion.
func (v *campaignWhy) print(out io.Writer, now time.Time) {
	width := cmp.Or(terminalWidth(out), plainWidth)
	line := func(what, format string, args ...any) {
		fmt.Fprint(out, hang(fmt.Sprintf("%-10s", what), fmt.Sprintf(format, args...), width))
	}
	line("campaign", "%s: %s, %s, rules %s%s", v.Name, v.State, v.Mode, cmp.Or(strings.Join(v.Rules, ", "), "none"), v.expiry(now))
	if v.Stopped != nil {
		line("stop", "all campaigns are held since %s%s", v.Stopped.Since.Local().Format(time.DateTime), prefixed(": ", v.Stopped.Why))
	}
	line("service", "%s", v.serviceWords(now))
	for _, t := range v.Trunks {
		line("trunk", "%s", t.words())
	}
	line("hours", "%s", v.Window.words(now))
	if v.Agents != nil {
		line("agents", "queue %s: %d at work, of whom %d idle and %d in wrap-up", v.Agents.Queue, v.Agents.Staffed, v.Agents.Idle, v.Agents.WrapUp)
	}
	for _, s := range v.Standings {
		line("pacing", "%s", standingWords(s, now))
	}
	line("contacts", "%s", v.contactWords())
	line("due", "%s", v.dueWords(now))
	v.printHeld(line)
	line("calls", "%s", v.callWords(now))
	fmt.Fprint(out, "\n", hang("", v.last(now), width))
	if v.Advice != "" {
		fmt.Fprint(out, hang("What to do: ", v.Advice, width))
	}
}

func (v *campaignWhy) expiry(now time.Time) string {
	switch {
	case v.Expires.IsZero():
		return ""
	case now.Before(v.Expires):
		return ", expires in " + roughly(v.Expires.Sub(now))
	}
	return ", expired"
}

func (v *campaignWhy) serviceWords(now time.Time) string {
	var parts []string
	for _, n := range v.Nodes {
		parts = append(parts, n.words(now))
	}
	if len(parts) == 0 {
		parts = append(parts, "has never run on this database")
	}
	skew := (time.Duration(v.SkewMS) * time.Millisecond).Abs()
	return fmt.Sprintf("%s; this clock is %v off the database's", strings.Join(parts, ", "), skew)
}

// silent is how long a node that runs is not heard of, at most.
const silent = 8 * time.Second

func (n nodeWhy) words(now time.Time) string {
	heard := "was last heard of " + roughly(now.Sub(n.Heard)) + " ago"
	switch {
	case n.Lives && now.Sub(n.Heard) > silent:
		return "node " + n.Name + " " + heard + ", and may be gone"
	case n.Lives:
		return "node " + n.Name + " runs"
	case n.Heard.IsZero():
		return "node " + n.Name + " has ended"
	}
	return "node " + n.Name + " does not run; it " + heard
}

func (t trunkWhy) words() string {
	text := t.Name + ": " + t.State
	if t.Node != "" {
		text += " on node " + t.Node
	}
	return text + prefixed(": ", t.Why) + prefixed("; ", t.Used)
}

func (w windowWhy) words(now time.Time) string {
	switch {
	case w.Amiss != "":
		return w.Amiss
	case w.Always:
		return "any time"
	case w.Open:
		return "open now in " + w.Zone + "; each contact's own place decides"
	case w.Next.IsZero():
		return "no window opens in " + w.Zone + " within 40 days"
	}
	text := "shut in " + w.Zone
	if w.DayOff != "" {
		text += " (" + w.DayOff + ")"
	}
	return fmt.Sprintf("%s, opens %s, in %s; each contact's own place decides", text, at(w.Next, places(w.Zone)), roughly(w.Next.Sub(now)))
}

// standingWords is what a node does for the campaign.
func standingWords(s campaigns.Standing, now time.Time) string {
	text := fmt.Sprintf("node %s, %s ago: %s in progress, %d contacts at hand", s.Node, roughly(now.Sub(s.At)), plural(s.Calls, "call"), s.Claimed)
	if a := s.Agents; a != nil {
		text += fmt.Sprintf("; agents: %d at work, %d idle, %d in wrap-up; %d ringing, %d waiting, %d more may be placed",
			a.Staffed, a.Idle, a.WrapUp, a.Ringing, a.Waiting, a.More)
	}
	for _, r := range s.Reasons {
		text += "; " + reasonWords(r, s)
	}
	for _, b := range s.Abandon {
		text += fmt.Sprintf("; %s: %.2f %% abandoned of at most %.3g %%", b.Rule, b.Rate*100, b.Cap*100)
	}
	for _, c := range s.Trunks {
		text += fmt.Sprintf("; trunk %s: %d of %d calls", c.Name, c.Calls, c.MaxCalls)
		if c.Rate < c.Of {
			text += fmt.Sprintf(", %.1f calls/s of %.1f as the carrier pushes back", c.Rate, c.Of)
		}
		if c.Rests.After(now) {
			text += ", rests for " + roughly(c.Rests.Sub(now))
		}
	}
	return text
}

func (v *campaignWhy) contactWords() string {
	total := 0
	for _, n := range v.Contacts {
		total += n
	}
	if total == 0 {
		return "none"
	}
	states := slices.SortedFunc(maps.Keys(v.Contacts), func(a, b campaigns.ContactState) int { return cmp.Compare(v.Contacts[b], v.Contacts[a]) })
	var parts []string
	for _, s := range states {
		parts = append(parts, fmt.Sprintf("%d %s", v.Contacts[s], strings.ReplaceAll(string(s), "_", " ")))
	}
	return fmt.Sprintf("%d: %s", total, strings.Join(parts, ", "))
}

func (v *campaignWhy) dueWords(now time.Time) string {
	text := fmt.Sprintf("%d now, %d within an hour, %d later", v.Due, v.Hour, v.Later)
	if v.Claimed > 0 {
		text += fmt.Sprintf(", %d at hand", v.Claimed)
	}
	if !v.NextDue.IsZero() {
		text += fmt.Sprintf("; the next one %s, in %s", v.NextDue.Local().Format("Mon 15:04:05"), roughly(v.NextDue.Sub(now)))
	}
	return text
}

func (v *campaignWhy) printHeld(line func(what, format string, args ...any)) {
	if v.Sampled == 0 {
		return
	}
	what := fmt.Sprintf("all pending contacts (%d) were looked at", v.Sampled)
	if !v.All {
		what = fmt.Sprintf("a sample of %d was looked at", v.Sampled)
		if v.Due > 0 {
			what = fmt.Sprintf("a sample of %d of those due was looked at", v.Sampled)
		}
	}
	line("rules", "%s: %d may be called now", what, v.Free)
	for _, h := range v.Held {
		count := fmt.Sprintf("%d", h.Contacts)
		if !v.All {
			count = fmt.Sprintf("%d, so about %d in all", h.Contacts, h.About)
		}
		text := fmt.Sprintf("%s holds %s", h.Rule, count)
		if !h.Next.IsZero() {
			text += "; the first until " + h.Next.Local().Format("Mon 2 Jan 15:04")
		}
		line("", "%s%s", text, prefixed("; as in: ", there(h.Detail, places(v.Window.Zone))))
	}
}

func (v *campaignWhy) callWords(now time.Time) string {
	switch {
	case v.LastCall.IsZero():
		return "none was placed yet"
	case v.Recent > 0:
		return fmt.Sprintf("%d begun in the last minute, %d in progress", v.Recent, v.Contacts[campaigns.Dialing])
	}
	return fmt.Sprintf("the last began %s ago, %d in progress", roughly(now.Sub(v.LastCall)), v.Contacts[campaigns.Dialing])
}

// last is the conclusion in one line.
func (v *campaignWhy) last(now time.Time) string {
	if v.Because == "" {
		return fmt.Sprintf("Calls are being placed: %d begun in the last minute, %d in progress.", v.Recent, v.Contacts[campaigns.Dialing])
	}
	what := "Nothing is dialed because "
	if v.Recent > 0 || v.Contacts[campaigns.Dialing] > 0 {
		what = "No more is dialed because "
	}
	text := what + v.Because
	switch {
	case v.Next.IsZero():
		return text + "."
	case !v.Next.After(now):
		return text + ", next at any moment."
	}
	return fmt.Sprintf("%s, next at %s, in %s.", text, v.Next.Local().Format("Mon 2 Jan 15:04"), roughly(v.Next.Sub(now)))
}
