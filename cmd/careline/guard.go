package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"careline/sip"
	"careline/store"
)

// guardCmd groups the commands on who is shut out.
type guardCmd struct {
	List  guardListCmd  `cmd:"" help:"List the sources that are not heard, as they guessed passwords."`
	Unban guardUnbanCmd `cmd:"" help:"Hear a source again; a running service does so within a second."`
}

type guardListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// banLine is one line of the list.
type banLine struct {
	Node   string    `json:"node"`
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
}

// Run lists the bans of all nodes.
func (c *guardListCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		bans, err := s.Bans(a.ctx, time.Now())
		if err != nil {
			return err
		}
		list := []banLine{}
		for _, b := range bans {
			list = append(list, banLine{b.Node, b.Source, b.Since, b.Until})
		}
		if c.JSON {
			return json.NewEncoder(a.out).Encode(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "Nobody is banned.")
		}
		for _, b := range list {
			fmt.Fprintf(a.out, "%-28s  banned on node %s since %s, until %s\n", bannedSource(b.Source), b.Node, listTime(b.Since), listTime(b.Until))
		}
		return nil
	})
}

// bannedSource is a source for people to read.
func bannedSource(source string) string {
	if ip, err := netip.ParseAddr(source); err == nil && ip.Is6() {
		return source + "/64"
	}
	return source
}

type guardUnbanCmd struct {
	Source string `arg:"" help:"IP, as careline guard list shows it."`
}

// Run lifts a ban.
func (c *guardUnbanCmd) Run(a *app) error {
	ip, err := netip.ParseAddr(c.Source)
	if p, bad := netip.ParsePrefix(c.Source); bad == nil {
		ip, err = p.Addr(), nil
	}
	if err != nil {
		return fmt.Errorf("%w: %q is no IP", errUsage, c.Source)
	}
	return a.withStore(func(_ config, s *store.Store) error {
		source := sip.SourceOf(ip)
		was, err := s.LiftBan(a.ctx, source, time.Now())
		switch {
		case err != nil:
			return err
		case !was:
			return fmt.Errorf("%s is not banned; see careline guard list", bannedSource(source))
		}
		fmt.Fprintf(a.out, "%s is heard again.\n", bannedSource(source))
		return nil
	})
}

// bans lists who is shut out: that is as it should be.
func (d *doctor) bans(ctx context.Context, s *store.Store) {
	list, err := s.Bans(ctx, time.Now())
	if err != nil {
		d.bad("bans", err.Error(), "")
	}
	for _, b := range list {
		d.note("ban", fmt.Sprintf("nothing is read from %s on node %s until %s, after wrong passwords",
			bannedSource(b.Source), b.Node, b.Until.Local().Format(time.DateTime)), "where it is one of yours: careline guard unban "+b.Source)
	}
}
