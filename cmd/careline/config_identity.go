package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"careline/phone"
	"careline/sip"
)

// identityConfig is how a carrier is told who calls, and what it is believed.
type identityConfig struct {
	Trusted     bool              `yaml:"trusted"`      // its P-Asserted-Identity names callers, and ours may go to it
	CallerIDs   []string          `yaml:"caller_ids"`   // the numbers that we own there; empty: any may be shown
	FromUser    string            `yaml:"from_user"`    // in From in place of the caller id
	Privacy     string            `yaml:"privacy"`      // id: callees see no number; empty: they do
	Identity    string            `yaml:"identity"`     // asserted or preferred: the caller id in P-Asserted-Identity or P-Preferred-Identity
	Diversion   string            `yaml:"diversion"`    // a number for Diversion
	HistoryInfo bool              `yaml:"history_info"` // History-Info with the number called
	Headers     map[string]string `yaml:"headers"`      // others; {caller_id}, {attempt}, {campaign}
}

func (i identityConfig) check() error {
	if _, err := i.owned(); err != nil {
		return err
	}
	switch i.Privacy {
	case "", "none", "id":
	default:
		return fmt.Errorf("privacy: %q is not known; there are id and none", i.Privacy)
	}
	switch {
	case i.Identity != "" && i.Identity != "asserted" && i.Identity != "preferred":
		return fmt.Errorf("identity: %q is not known; there are asserted and preferred", i.Identity)
	case i.Identity == "asserted" && !i.Trusted:
		return errors.New("identity: asserted needs trusted: true; P-Asserted-Identity goes to trusted carriers only")
	case strings.ContainsFunc(i.FromUser, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fmt.Errorf("from_user: %q has spaces or signs that are in no account", i.FromUser)
	}
	if i.Diversion != "" {
		if _, err := phone.Parse(i.Diversion, ""); err != nil {
			return fmt.Errorf("diversion: %q: %w", i.Diversion, err)
		}
	}
	for _, h := range i.headers() {
		if err := h.Check(); err != nil {
			return fmt.Errorf("headers: %w", err)
		}
	}
	return nil
}

// owned are the numbers that may be shown; empty: any.
func (i identityConfig) owned() ([]phone.Number, error) {
	list := make([]phone.Number, 0, len(i.CallerIDs))
	for _, s := range i.CallerIDs {
		n, err := phone.Parse(s, "")
		if err != nil {
			return nil, fmt.Errorf("caller_ids: %q: write it with the country, as in +442079460000, or a short code: %w", s, err)
		}
		list = append(list, n)
	}
	return list, nil
}

func (i identityConfig) headers() []sip.Header {
	list := make([]sip.Header, 0, len(i.Headers))
	for _, name := range slices.Sorted(maps.Keys(i.Headers)) {
		list = append(list, sip.Header{Name: name, Value: i.Headers[name]})
	}
	return list
}

// identity is what SIP knows of it.
func (i identityConfig) identity() sip.Identity {
	diversion, _ := phone.Parse(i.Diversion, "") // empty stays empty; another was checked
	return sip.Identity{
		User: i.FromUser, Hide: i.Privacy == "id", Diversion: diversion, History: i.HistoryInfo, Headers: i.headers(),
		Asserted: i.Identity == "asserted", Preferred: i.Identity == "preferred",
	}
}

// rewriteConfig is how numbers are written for a carrier, and how it writes
// them.
type rewriteConfig struct {
	Format         sip.Format   `yaml:"format"` // of outgoing numbers: e164, plain, international, national; empty: e164
	Callee         []ruleConfig `yaml:"callee"`
	Caller         []ruleConfig `yaml:"caller"`
	IncomingCallee []ruleConfig `yaml:"incoming_callee"`
	IncomingCaller []ruleConfig `yaml:"incoming_caller"`
}

// ruleConfig puts with in the place of a prefix, or of what a pattern fits.
type ruleConfig struct {
	Prefix *string `yaml:"prefix"`
	Match  string  `yaml:"match"`
	With   string  `yaml:"with"`
}

func (r ruleConfig) rule() (sip.Rule, error) {
	if (r.Prefix == nil) == (r.Match == "") {
		return sip.Rule{}, errors.New("write either prefix or match, with with")
	}
	if r.Prefix != nil {
		return sip.PrefixRule(*r.Prefix, r.With)
	}
	return sip.PatternRule(r.Match, r.With)
}

// rewriting is what SIP knows of it.
func (r rewriteConfig) rewriting() (sip.Rewriting, error) {
	w := sip.Rewriting{Format: r.Format}
	if err := r.Format.Check(); err != nil {
		return w, fmt.Errorf("rewrite.format: %w", err)
	}
	for _, side := range []struct {
		key  string
		from []ruleConfig
		to   *[]sip.Rule
	}{
		{"callee", r.Callee, &w.Callee},
		{"caller", r.Caller, &w.Caller},
		{"incoming_callee", r.IncomingCallee, &w.InCallee},
		{"incoming_caller", r.IncomingCaller, &w.InCaller},
	} {
		for i, c := range side.from {
			rule, err := c.rule()
			if err != nil {
				return w, fmt.Errorf("rewrite.%s[%d]: %w", side.key, i, err)
			}
			*side.to = append(*side.to, rule)
		}
	}
	return w, nil
}
