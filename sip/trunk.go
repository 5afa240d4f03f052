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
	"careline/sip/sdp"
	"careline/sip/wire"
)

// Trunk is a carrier account.
type Trunk struct {
	Name      string
	Address   string   // host or host:port; without a port as DNS says (SRV), or the usual one
	Transport string   // udp, tcp or tls; empty is udp
	Sources   []string // where else its calls come from: an IP, ip:port, or a prefix such as 203.0.113.0/24
	Username  string   // for carriers that ask for a password
	Password  string
	Domain    string         // of our From; empty is the address that the others see
	Codecs    []audio.Codec  // in order of preference; empty is PCMA, PCMU
	Allow     phone.Prefixes // the destinations that may be called; empty permits none
	MaxCalls  int            // outbound calls at once; 0 permits none
	Region    string         // ISO country whose national numbers the carrier shows; empty takes numbers as they come
	SRTP      sdp.Security   // encryption of its sound; empty is off
	Options   time.Duration  // between keep-alives; 0 is 30 s, below 0 asks nothing and takes the trunk for up
	HandOver  bool           // takes REFER with Replaces: callers who are joined with somebody by the same trunk are handed over to it
	Register  bool           // keep a registration there: the trunk is up while that holds
	Expires   time.Duration  // of the registration, as asked for; 0 is 1 h
	Both      bool           // MaxCalls counts incoming calls as well
	Trusted   bool           // with identities: its P-Asserted-Identity names the caller, and ours goes to it

	Identity  Identity
	Rewriting Rewriting
}

// TrunkState is a trunk as it stands.
type TrunkState struct {
	Name  string
	Up    bool
	Since time.Time
	Why   string // it is down; empty while up
	// Registered is until when it is registered at; zero: it is not.
	Registered time.Time
	Calls      int // placed by this trunk and not over
	Taken      int // come in by this trunk and not over
}

// trunk is a Trunk at work.
type trunk struct {
	Trunk
	sources []netip.Prefix
	exact   []netip.AddrPort

	again chan struct{} // holds one: register again at once
	poked chan struct{} // holds one: look at the state again

	mu     sync.Mutex
	state  TrunkState
	health health
	lost   bool             // a connection to it, since it was asked last
	haste  bucket           // of questions for that
	addrs  []netip.AddrPort // of Address
}

func newTrunk(t Trunk) (*trunk, error) {
	if t.Name == "" {
		return nil, fmt.Errorf("trunk at %q has no name", t.Address)
	}
	if t.Address == "" || strings.HasPrefix(t.Address, ":") {
		return nil, fmt.Errorf("trunk %s: no address", t.Name)
	}
	if ip, err := netip.ParseAddr(t.Address); err == nil && ip.Is6() {
		t.Address = "[" + t.Address + "]"
	}
	if !slices.Contains([]string{"", "udp", "tcp", "tls"}, t.Transport) {
		return nil, fmt.Errorf("trunk %s: transport %q is none of udp, tcp, tls", t.Name, t.Transport)
	}
	if err := t.Allow.Check(); err != nil {
		return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
	}
	if err := t.Identity.check(t.Trusted); err != nil {
		return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
	}
	if t.Register && t.Username == "" {
		return nil, fmt.Errorf("trunk %s: no username to register", t.Name)
	}
	t.Options = cmp.Or(t.Options, 30*time.Second)
	w := &trunk{
		Trunk: t, again: make(chan struct{}, 1), poked: make(chan struct{}, 1),
		health: health{registers: t.Register, asked: t.Options < 0},
	}
	w.state = TrunkState{Name: t.Name, Why: w.health.reason(time.Now())}
	w.state.Up = w.state.Why == ""
	for _, s := range t.Sources {
		if err := w.addSource(s); err != nil {
			return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
	}
	if at, ok := w.literal(); ok {
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

// names tells whether that very address and port is one of the carrier's.
func (t *trunk) names(src netip.AddrPort) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Contains(t.exact, src) || slices.Contains(t.addrs, src)
}

// owns tells whether a packet from src comes from the carrier.
func (t *trunk) owns(src netip.AddrPort) bool {
	inside := func(p netip.Prefix) bool { return p.Contains(src.Addr()) }
	if slices.ContainsFunc(t.sources, inside) || slices.Contains(t.exact, src) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.parameter() == "" {
		return slices.Contains(t.addrs, src)
	}
	// A connection comes from any port.
	return slices.ContainsFunc(t.addrs, func(a netip.AddrPort) bool { return a.Addr() == src.Addr() })
}

// literal is where the carrier is, when that needs no looking up.
func (t *trunk) literal() (netip.AddrPort, bool) {
	if at, err := netip.ParseAddrPort(t.Address); err == nil {
		return at, true
	}
	ip, err := netip.ParseAddr(strings.Trim(t.host(), "[]"))
	if t.Transport == "tls" {
		return netip.AddrPortFrom(ip, 5061), err == nil
	}
	return netip.AddrPortFrom(ip, 5060), err == nil
}

// resolve looks up where the carrier is.
func (t *trunk) resolve(ctx context.Context, dns wire.DNS) error {
	hops, err := wire.Resolve(ctx, dns, t.route())
	if err != nil {
		return fmt.Errorf("address: %w", err)
	}
	addrs := make([]netip.AddrPort, len(hops))
	for i, h := range hops {
		addrs[i] = h.Addr
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.addrs = addrs
	return nil
}

// route is where requests to the carrier are sent.
func (t *trunk) route() string {
	if t.Transport == "" {
		return t.Address
	}
	return t.Address + ";transport=" + t.Transport
}

// parameter is what a URI at the carrier says of the transport.
func (t *trunk) parameter() string {
	if t.Transport == "" || t.Transport == "udp" {
		return ""
	}
	return ";transport=" + t.Transport
}

// host is the carrier's address without its port.
func (t *trunk) host() string {
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil {
		return t.Address
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// review takes over what is known of the trunk's health, and reports whether
// that is news, and when to look again; zero: when poked.
func (t *trunk) review(now time.Time) (s TrunkState, news bool, wake time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	why := t.health.reason(now)
	was := t.state
	if t.state.Since.IsZero() || was.Up != (why == "") {
		t.state.Since = now
	}
	t.state.Up, t.state.Why = why == "", why
	t.state.Registered = time.Time{}
	if t.health.registered {
		t.state.Registered = t.health.expires
	}
	news = was.Since.IsZero() || was.Up != t.state.Up || was.Why != why || !was.Registered.Equal(t.state.Registered)
	return t.state, news, t.health.wake(now)
}

// learn changes what is known of the trunk's health.
func (t *trunk) learn(what func(h *health)) {
	t.mu.Lock()
	what(&t.health)
	t.mu.Unlock()
	t.poke()
}

// poke has the trunk's state looked at again.
func (t *trunk) poke() { signal(t.poked) }

// signal leaves a signal in a channel that holds one.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// take counts an outbound call, or says why there may be none.
func (t *trunk) take(now time.Time) (why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls := t.state.Calls
	if t.Both {
		calls += t.state.Taken
	}
	switch {
	case t.health.rests(now):
		return t.health.why
	case calls >= t.MaxCalls:
		return fmt.Sprintf("it carries its %d calls already", t.MaxCalls)
	}
	t.state.Calls++
	return ""
}

// count adds to the calls of one direction.
func (t *trunk) count(calls, taken int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Calls += calls
	t.state.Taken += taken
	if t.Both && taken != 0 {
		t.poke()
	}
}

func (t *trunk) snapshot() TrunkState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// ip is an address of the carrier; the zero value while none is known.
func (t *trunk) ip() netip.Addr {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.addrs) == 0 {
		return netip.Addr{}
	}
	return t.addrs[0].Addr().Unmap()
}

// target is the request URI of a number at the carrier.
func (t *trunk) target(n phone.Number) string {
	return dialog.URI(t.WriteCallee(n), t.Address) + t.parameter()
}

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
