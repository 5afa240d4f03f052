package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"careline/store"
)

type trunkListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// trunkLine is one line of the list.
type trunkLine struct {
	Node       string    `json:"node"`
	Name       string    `json:"name"`
	State      string    `json:"state"` // up, down, unknown
	Why        string    `json:"why,omitempty"`
	Slowed     string    `json:"slowed,omitempty"` // by what its carrier asks for
	Since      time.Time `json:"since,omitzero"`
	Registered time.Time `json:"registered_until,omitzero"`
	NotedAt    time.Time `json:"noted_at,omitzero"`
	Calls      int       `json:"calls"` // of campaigns, that are not over
}

// Run lists the trunks of all nodes, and those that no node has.
func (c *trunkListCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		known, err := s.Trunks(a.ctx, time.Now())
		if err != nil {
			return err
		}
		slow, err := slowed(a.ctx, s, time.Now())
		if err != nil {
			return err
		}
		list := trunkLines(cfg, known, slow)
		if c.JSON {
			return json.NewEncoder(a.out).Encode(list)
		}
		printTrunks(a.out, list)
		return nil
	})
}

func trunkLines(cfg config, known []store.Trunk, slow map[[2]string]string) []trunkLine {
	list := []trunkLine{}
	for _, t := range known {
		line := trunkLine{Node: t.Node, Name: t.Name, State: "down", Why: t.Why, Since: t.Since, Registered: t.Registered, NotedAt: t.NotedAt, Calls: t.Calls}
		switch {
		case t.Stale:
			line.State = "unknown"
			line.Why = "the service does not run there; the trunk was last seen " + cmp.Or(map[bool]string{true: "up"}[t.Up], "down") + prefixed(": ", t.Why)
		case t.Up:
			line.State, line.Slowed = "up", slow[[2]string{t.Node, t.Name}]
		}
		list = append(list, line)
	}
	for _, t := range cfg.Trunks {
		if !slices.ContainsFunc(known, func(k store.Trunk) bool { return k.Name == t.Name }) {
			list = append(list, trunkLine{Node: cfg.Node, Name: t.Name, State: "unknown", Why: "the service has not run with it yet"})
		}
	}
	return list
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func printTrunks(out io.Writer, list []trunkLine) {
	if len(list) == 0 {
		fmt.Fprintln(out, "No trunks. Write them into careline.yaml, under trunks.")
		return
	}
	node, name := len("node"), len("trunk")
	for _, t := range list {
		node, name = max(node, len(t.Node)), max(name, len(t.Name))
	}
	line := func(t ...any) {
		fmt.Fprintf(out, "%-*s  %-*s  %-7s  %5v  %-16s  %s\n", append([]any{node, t[0], name}, t[1:]...)...)
	}
	line("node", "trunk", "state", "calls", "since", "registered until")
	for _, t := range list {
		line(t.Node, t.Name, t.State, t.Calls, listTime(t.Since), listTime(t.Registered))
		if why := t.Why + t.Slowed; why != "" { // who is up has no Why
			fmt.Fprint(out, hang(fmt.Sprintf("%-*s  → ", node, ""), why, terminalWidth(out)))
		}
	}
}

// listTime is a time in a list; a dash where there is none.
func listTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}
