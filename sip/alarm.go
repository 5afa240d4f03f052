package sip

import (
	"context"
	"time"

	"careline/call"
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
