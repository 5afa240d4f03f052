package sip

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"careline/audio"
	"careline/campaigns"
	"careline/phone"
	"careline/sip/dialog"
)

// Trunk is a carrier account.
type Trunk struct {
	Name     string
	Address  string   // host or host:port; the port is 5060 where none is given
	Sources  []string // where else its calls come from: an IP, ip:port, or a prefix such as 203.0.113.0/24
	Username string   // for carriers that ask for a password
	Password string
	Domain   string         // of our From; empty is the address that the others see
	Codecs   []audio.Codec  // in order of preference; empty is PCMA, PCMU
	Allow    phone.Prefixes // the destinations that may be called; empty permits none
	MaxCalls int            // outbound calls at once; 0 permits none
	Region   string         // ISO country whose national numbers the carrier shows; empty takes numbers as they come
	Options  time.Duration  // between keep-alives; 0 is 30 s, below 0 asks nothing and takes the trunk for up
}

// TrunkState is a trunk as it stands.
type TrunkState struct {
	Name  string
	Up    bool
	Since time.Time
	Why   string // it is down; empty while up
	Calls int    // placed by this trunk and not over
	Taken int    // come in by this trunk and not over
}

// trunk is a Trunk at work.
type trunk struct {
	Trunk
	sources []netip.Prefix
	exact   []netip.AddrPort

	mu    sync.Mutex
	state TrunkState
	addrs []netip.AddrPort // of Address
}

func newTrunk(t Trunk) (*trunk, error) {
	if t.Name == "" {
		return nil, fmt.Errorf("trunk at %q has no name", t.Address)
	}
	if _, _, err := net.SplitHostPort(t.Address); err != nil {
		t.Address = net.JoinHostPort(strings.Trim(t.Address, "[]"), "5060")
	}
	if strings.HasPrefix(t.Address, ":") {
		return nil, fmt.Errorf("trunk %s: no address", t.Name)
	}
	if err := t.Allow.Check(); err != nil {
		return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
	}
	t.Options = cmp.Or(t.Options, 30*time.Second)
	w := &trunk{Trunk: t, state: TrunkState{Name: t.Name, Up: t.Options < 0, Why: "not asked yet"}}
	for _, s := range t.Sources {
		if err := w.addSource(s); err != nil {
			return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
	}
	if at, err := netip.ParseAddrPort(t.Address); err == nil {
		w.addrs = []netip.AddrPort{at}
	}
	return w, nil
}

func (t *trunk) addSource(s string) error {
	if ip, err := netip.ParseAddr(s); err == nil {
		t.sources = append(t.sources, netip.PrefixFrom(ip, ip.BitLen()))
		return nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		t.sources = append(t.sources, p.Masked())
		return nil
	}
	at, err := netip.ParseAddrPort(s)
	if err != nil {
		return fmt.Errorf("source %q is no IP, ip:port or prefix", s)
	}
	t.exact = append(t.exact, at)
	return nil
}

// owns tells whether a packet from src comes from the carrier.
func (t *trunk) owns(src netip.AddrPort) bool {
	inside := func(p netip.Prefix) bool { return p.Contains(src.Addr()) }
	if slices.ContainsFunc(t.sources, inside) || slices.Contains(t.exact, src) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Contains(t.addrs, src)
}

// resolve looks up where a carrier is that is given by name.
func (t *trunk) resolve(ctx context.Context) error {
	host, port, err := net.SplitHostPort(t.Address)
	if err != nil {
		return fmt.Errorf("read the address of trunk %s: %w", t.Name, err)
	}
	if _, isIP := netip.ParseAddr(host); isIP == nil {
		return nil
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "udp", port)
	if err != nil {
		return fmt.Errorf("find the port of trunk %s: %w", t.Name, err)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fmt.Errorf("find trunk %s: %w", t.Name, err)
	}
	addrs := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		addrs[i] = netip.AddrPortFrom(ip.Unmap(), uint16(number))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.addrs = addrs
	return nil
}

// mark notes that the trunk is up, or why it is not, and reports whether that
// is news.
func (t *trunk) mark(why string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	up := why == ""
	news := t.state.Since.IsZero() || t.state.Up != up
	if news {
		t.state.Since = now
	}
	t.state.Up, t.state.Why = up, why
	return news
}

// take counts an outbound call, unless there are as many as permitted.
func (t *trunk) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.Calls >= t.MaxCalls {
		return false
	}
	t.state.Calls++
	return true
}

// count adds to the calls of one direction.
func (t *trunk) count(calls, taken int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Calls += calls
	t.state.Taken += taken
}

func (t *trunk) snapshot() TrunkState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// target is the request URI of a number at the carrier.
func (t *trunk) target(n phone.Number) string { return "sip:" + string(n) + "@" + t.Address }

func (t *trunk) credentials() dialog.Credentials {
	return dialog.Credentials{User: t.Username, Password: t.Password}
}

// Leg names the dialog of a call that shall be placed, so that it can be stored
// before anything is sent.
func (d *Driver) Leg(trunkName string, n phone.Number) (campaigns.Leg, error) {
	t, ok := d.trunks[trunkName]
	if !ok {
		return campaigns.Leg{}, fmt.Errorf("trunk %q is not configured", trunkName)
	}
	return dialog.NewLeg(t.target(n)), nil
}

// Trunks lists the trunks as they stand, in the order of Options.
func (d *Driver) Trunks() []TrunkState {
	states := make([]TrunkState, len(d.opt.Trunks))
	for i, t := range d.opt.Trunks {
		states[i] = d.trunks[t.Name].snapshot()
	}
	return states
}

// keepAlive asks a trunk again and again whether it is there, until ctx ends.
func (d *Driver) keepAlive(ctx context.Context, t *trunk) {
	for {
		why := d.probeTrunk(ctx, t)
		if ctx.Err() != nil {
			return
		}
		if t.mark(why, time.Now()) {
			d.trunkChanged(ctx, t)
		}
		wait := max(t.Options, d.opt.ProbeWait)
		if why != "" {
			wait = min(wait, 5*time.Second)
		}
		if t.Options < 0 && why == "" || !sleep(ctx, wait) {
			return
		}
	}
}

// probeTrunk says why the trunk cannot be used; empty if it can.
func (d *Driver) probeTrunk(ctx context.Context, t *trunk) string {
	if err := t.resolve(ctx); err != nil {
		return err.Error()
	}
	if t.Options < 0 {
		return ""
	}
	return d.ask(ctx, "sip:"+t.Address, t.Address)
}

func (d *Driver) trunkChanged(ctx context.Context, t *trunk) {
	s := t.snapshot()
	if s.Up {
		d.log.Info("trunk up", "trunk", s.Name)
	} else {
		d.log.Error("trunk down", "trunk", s.Name, "why", s.Why)
	}
	if d.opt.OnTrunk != nil {
		d.opt.OnTrunk(ctx, s)
	}
}
