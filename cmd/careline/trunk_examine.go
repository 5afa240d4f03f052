package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"careline/phone"
	"careline/sip"
)

type trunkTestCmd struct {
	Name     string        `arg:"" help:"The trunk's name."`
	Number   string        `placeholder:"NUMBER" help:"Also call this number, and count the sound of both ways."`
	CallerID string        `name:"caller-id" placeholder:"NUMBER" help:"Shown in that call (default: the first of the trunk's caller_ids)."`
	Talk     time.Duration `default:"10s" help:"How long that call shall last."`
	Yes      bool          `help:"Do not ask before the call."`
	JSON     bool          `name:"json" help:"Print one JSON object."`
}

// examined is what is printed as JSON.
type examined struct {
	Trunk    string        `json:"trunk"`
	Good     bool          `json:"good"`
	Findings []sip.Finding `json:"findings"`
}

// Run examines the trunk, and fails when anything is wrong with it.
func (c *trunkTestCmd) Run(a *app) error {
	result := examined{Trunk: c.Name, Good: true}
	tell := func(f sip.Finding) {
		result.Findings = append(result.Findings, f)
		result.Good = result.Good && f.Mark != sip.Bad
		if !c.JSON {
			printFinding(a.out, f)
		}
	}
	hosted, err := c.hosted(a, tell)
	if err == nil && !hosted {
		err = c.spoken(a, tell)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(a.out).Encode(result); err != nil {
			return fmt.Errorf("print what was found: %w", err)
		}
	}
	if !result.Good {
		return fmt.Errorf("trunk %s: something is wrong", c.Name)
	}
	return nil
}

// spoken examines a trunk by SIP.
func (c *trunkTestCmd) spoken(a *app, tell func(sip.Finding)) error {
	e, o, err := c.prepare(a)
	if err != nil {
		return err
	}
	if e.Number != "" && !c.Yes && !a.confirm(fmt.Sprintf("Call %s by trunk %s? It may cost money.", string(e.Number), c.Name)) {
		return errors.New("nothing was tested; leave --number out to call nobody")
	}
	return examine(a.ctx, o, e, tell)
}

// prepare reads what shall be examined, and the options of a driver for that,
// beside the one of a service that runs.
func (c *trunkTestCmd) prepare(a *app) (e sip.Examination, o sip.Options, err error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return e, o, err
	}
	i := slices.IndexFunc(cfg.Trunks, func(t trunkConfig) bool { return t.Name == c.Name })
	if i < 0 {
		return e, o, fmt.Errorf("there is no trunk %q in the configuration; careline trunk list lists them", c.Name)
	}
	if o, err = cfg.driverOptions(); err != nil {
		return e, o, err
	}
	e.Trunk, e.Talk = o.Trunks[slices.IndexFunc(o.Trunks, func(t sip.Trunk) bool { return t.Name == c.Name })], c.Talk
	if e.Number, err = c.number(c.Number, "number", e.Trunk.Region); err != nil {
		return e, o, err
	}
	owned, err := cfg.Trunks[i].owned()
	if err != nil {
		return e, o, err
	}
	if e.CallerID, err = c.number(c.CallerID, "caller-id", e.Trunk.Region); err != nil {
		return e, o, err
	}
	if e.CallerID != "" && len(owned) > 0 && !slices.Contains(owned, e.CallerID) {
		return e, o, fmt.Errorf("%w: --caller-id: %s is none of the trunk's caller_ids", errUsage, string(e.CallerID))
	}
	e.CallerID = cmp.Or(e.CallerID, append(owned, "")[0])
	at, err := netip.ParseAddrPort(o.Listen)
	if err != nil {
		return e, o, fmt.Errorf("sip.listen: %w", err)
	}
	e.Port = at.Port()
	return e, beside(o, e.Trunk, at.Addr()), nil
}

func (c *trunkTestCmd) number(s, flag, region string) (phone.Number, error) {
	if s == "" {
		return "", nil
	}
	n, err := phone.Parse(s, region)
	if err != nil {
		return "", fmt.Errorf("%w: --%s: %w", errUsage, flag, err)
	}
	return n, nil
}

// beside are the options of a driver that leaves a running service alone: it
// listens elsewhere, registers nothing and keeps nothing.
func beside(o sip.Options, t sip.Trunk, ip netip.Addr) sip.Options {
	if ip.IsLoopback() || ip.IsUnspecified() { // sound needs an address that the carrier can reach
		ip = towards(t.Address)
	}
	t.Register, t.Expires, t.Options = false, 0, -1
	return sip.Options{
		Listen: netip.AddrPortFrom(ip, 0).String(), Host: o.Host, Local: o.Local, Secure: o.Secure, Ports: o.Ports, Trunks: []sip.Trunk{t},
		SessionExpires: o.SessionExpires, Goodbye: time.Second,
	}
}

// towards is our address on the way to a carrier, as the routing table says;
// nothing is sent.
func towards(address string) netip.Addr {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), "5060")
	}
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	conn, err := net.Dial("udp", address) //nolint:noctx // a datagram socket connects without waiting, but for DNS
	if err != nil {
		return loopback
	}
	defer conn.Close()
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return loopback
	}
	return at.Addr().Unmap()
}

// examine runs a driver for as long as it takes.
func examine(ctx context.Context, o sip.Options, e sip.Examination, tell func(sip.Finding)) error {
	d, err := sip.New(o)
	if err != nil {
		return fmt.Errorf("open SIP: %w", err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(running) }()
	err = d.Examine(ctx, e, tell)
	stop()
	return errors.Join(err, <-ended)
}

// printFinding prints one step: a tick, a cross, or a dot, and what to do.
func printFinding(out io.Writer, f sip.Finding) {
	sign := map[sip.Mark]string{sip.Good: "✓", sip.Bad: "✗", sip.Note: "·", sip.Skipped: "-"}[f.Mark]
	width := terminalWidth(out)
	fmt.Fprint(out, hang(fmt.Sprintf("%s %-13s ", sign, f.Step), f.Text, width))
	if f.Advice != "" {
		fmt.Fprint(out, hang(fmt.Sprintf("  %-13s → ", ""), f.Advice, width))
	}
}
