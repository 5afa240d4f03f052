package main

import (
	"context"
	"time"

	"careline/call"
)

// alarmTime is how long the database may take for an alarm, which was logged.
const alarmTime = 10 * time.Second

// onAlarm keeps an alarm where doctor finds it.
func (s *service) onAlarm(ctx context.Context, a call.Alarm) {
	ctx, cancel := context.WithTimeout(ctx, alarmTime)
	defer cancel()
	if err := s.store.RaiseAlarm(ctx, a); err != nil {
		s.log.Warn("alarm not stored", "kind", string(a.Kind), "err", err)
	}
}
