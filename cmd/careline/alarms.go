package main

import (
	"context"
	"fmt"
	"time"

	"careline/call"
	"careline/store"
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

// tellAlarms says in one line how many alarms are open.
func tellAlarms(a *app, s *store.Store) error {
	list, err := s.OpenAlarms(a.ctx, time.Now())
	if err != nil || len(list) == 0 {
		return err
	}
	fmt.Fprintf(a.out, "Alarms open: %d. See: careline doctor\n", len(list))
	return nil
}
