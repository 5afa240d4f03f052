package sip

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"careline/call"
	"careline/sip/dialog"
)

// lookUpEvery is how often the address of a trunk that is not asked for its
// health is looked up again.
const lookUpEvery = 5 * time.Minute

// watchTrunk asks a trunk again and again whether it is there, and tells of all
// that changes its state, until ctx ends.
func (d *Driver) watchTrunk(ctx context.Context, t *trunk) {
	taken, up, why := 0, false, ""
	for next := time.Now(); ; {
		if t.wasLost(time.Now()) || !time.Now().Before(next) {
			silent, retryAfter := d.probeTrunk(ctx, t)
			if ctx.Err() != nil {
				return
			}
			next = time.Now().Add(d.nextProbe(t, silent))
			t.probed(silent, retryAfter, time.Now())
		}
		s, news, wake := t.review(time.Now())
		if news && (s.Up != up || s.Why != why) && s.Why != notAskedYet && s.Why != notRegisteredYet {
			d.logTrunk(s)
			up, why = s.Up, s.Why
		}
		if d.opt.OnTrunk != nil && (news || t.Both && taken != s.Taken) {
			d.opt.OnTrunk(ctx, s)
		}
		taken = s.Taken
		if wake.IsZero() || wake.After(next) {
			wake = next
		}
		if !t.await(ctx, wake) {
			return
		}
	}
}

// await waits until a time, or until the trunk is poked; it reports false when
// ctx ends first.
func (t *trunk) await(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.poked:
		return true
	case <-ctx.Done():
		return false
	}
}

// probed notes what came of asking. One that was away may have lost our
// registration.
func (t *trunk) probed(why string, retryAfter time.Duration, now time.Time) {
	t.mu.Lock()
	back := t.health.asked && t.health.silent != "" && why == ""
	t.health.heard(why, retryAfter, now)
	t.mu.Unlock()
	if back {
		signal(t.again)
	}
}

// nextProbe is how long to wait before the trunk is asked again. It varies, so
// that many trunks of one carrier are not all asked at once.
func (d *Driver) nextProbe(t *trunk, why string) time.Duration {
	wait := max(t.Options, d.opt.ProbeWait)
	switch {
	case why != "":
		wait = min(wait, 5*time.Second)
	case t.Options < 0:
		return lookUpEvery
	}
	return wait - time.Duration(rand.Int64N(int64(wait)/10+1))
}

// probeTrunk says why the trunk cannot be used, empty if it can, and how long it
// wants to be left alone.
func (d *Driver) probeTrunk(ctx context.Context, t *trunk) (why string, retryAfter time.Duration) {
	if err := t.resolve(ctx, net.DefaultResolver); err != nil {
		return err.Error(), 0
	}
	if t.Options < 0 {
		return "", 0
	}
	return d.ask(ctx, dialog.Question{Target: t.uri(), Route: t.route()})
}

func (d *Driver) logTrunk(s TrunkState) {
	d.alarm(call.Alarm{Kind: call.AlarmTrunk, Subject: s.Name, Text: s.Why})
	switch {
	case !s.Up:
		d.log.Error("trunk down", "trunk", s.Name, "why", s.Why)
	case s.Registered.IsZero():
		d.log.Info("trunk up", "trunk", s.Name)
	default:
		d.log.Info("trunk up", "trunk", s.Name, "registered_until", s.Registered)
	}
}
