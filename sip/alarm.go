package sip

import (
	"context"
	"fmt"
	"strings"
	"time"

	"careline/call"
	"careline/campaigns"
)

// mostAlarms is how many alarms may wait to be raised. Each was logged before.
const mostAlarms = 64

// alarm has an alarm raised, or one that is open closed. It does not wait.
func (d *Driver) alarm(a call.Alarm) {
	if a.At.IsZero() {
		a.At = time.Now()
	}
	select {
	case d.alarms <- a:
	default:
	}
}

// checkBlocked raises an alarm where a network refuses calls for the number that
// we show: analytics take it for unwanted (RFC 8197, RFC 8688). Calls that show it
// go unheard until somebody acts.
func (d *Driver) checkBlocked(o call.Order, e campaigns.Evidence) {
	blocked := e.Status == 607 || e.Status == 608 || strings.Contains(strings.ToLower(e.Text), "network blocked")
	if !blocked || o.CallerID == "" {
		return
	}
	d.log.Error("number shown is blocked", "caller_id", o.CallerID, "trunk", o.Trunk, "status", e.Status, "why", e.Text)
	d.alarm(call.Alarm{
		Kind: call.AlarmBlocked, Subject: string(o.CallerID),
		Text: fmt.Sprintf("calls by trunk %s are refused with %d %s: ask the carrier for redress, show another number until then", o.Trunk, e.Status, e.Text),
	})
}

// raiseAlarms hands alarms on, until ctx ends.
func (d *Driver) raiseAlarms(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-d.alarms:
			if d.opt.OnAlarm != nil {
				d.opt.OnAlarm(ctx, a)
			}
		}
	}
}
