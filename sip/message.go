package sip

import (
	"context"

	"careline/ivr"
)

// record has the caller leave a message.
func (l *Line) record(_ context.Context, _ ivr.Action) ivr.Event { return l.reached(ivr.Failed) }
