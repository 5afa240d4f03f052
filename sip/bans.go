package sip

import (
	"context"
	"net/netip"
	"time"

	"careline/call"
)

// Bans keeps the sources that are shut out over a restart, and says which a person
// has let in again. The store is one.
type Bans interface {
	SaveBan(ctx context.Context, b call.Ban) error
	LoadBans(ctx context.Context, now time.Time) ([]call.Ban, error)
	LiftedBans(ctx context.Context) ([]string, error)
}

// SourceOf is what the ban of an address names: it, or the IPv6 network of 64
// bits that it is of.
func SourceOf(ip netip.Addr) string { return sourceKey(ip).String() }

// loadBans takes up the bans of an earlier run.
func (d *Driver) loadBans(ctx context.Context) {
	if d.opt.Bans == nil {
		return
	}
	bans, err := d.opt.Bans.LoadBans(ctx, time.Now())
	if err != nil {
		d.log.Error("bans not loaded", "err", err)
	}
	for _, b := range bans {
		d.guard.bans.lock(b.Source, b.Since, b.Until)
	}
}

// liftEvery is how often bans are looked for that a person has lifted.
const liftEvery = 500 * time.Millisecond

// watchBans keeps new bans, and ends those that a person has lifted, until ctx
// ends.
func (d *Driver) watchBans(ctx context.Context) {
	if d.opt.Bans == nil {
		return
	}
	look := time.NewTicker(liftEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-d.bans:
			d.keepBan(ctx, b)
		case now := <-look.C:
			if d.guard.bans.holds(now) {
				d.liftBans(ctx)
			}
		}
	}
}

func (d *Driver) keepBan(ctx context.Context, b call.Ban) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	if err := d.opt.Bans.SaveBan(ctx, b); err != nil {
		d.log.Warn("ban not stored; it ends with the process", "source", b.Source, "err", err)
	}
}

func (d *Driver) liftBans(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	sources, err := d.opt.Bans.LiftedBans(ctx)
	if err != nil && ctx.Err() == nil {
		d.log.Warn("lifted bans not looked for", "err", err)
	}
	for _, source := range sources {
		d.guard.bans.passed(source)
		d.log.Info("ban lifted", "source", source)
	}
}

// lock shuts somebody out until a time.
func (t *throttle) lock(who string, since, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seen) < mostOffenders {
		t.seen[who] = offender{lockOuts: 1, last: since, until: until}
	}
	t.latest = later(t.latest, until)
}

// holds tells whether anybody may be shut out.
func (t *throttle) holds(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Before(t.latest)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
