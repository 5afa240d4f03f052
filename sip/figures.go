package sip

import (
	"context"
	"time"

	"careline/sip/dialog"
)

// figuresEvery is how often it is logged what came in that should not have.
const figuresEvery = time.Minute

// tellFigures logs again and again what was turned away and what went wrong, until
// ctx ends. It returns what was told last.
func (d *Driver) tellFigures(ctx context.Context) (told dialog.Stats) {
	for sleep(ctx, figuresEvery) {
		told = d.tell(told)
	}
	return told
}

// tell logs the figures where there is something new to say.
func (d *Driver) tell(told dialog.Stats) dialog.Stats {
	now := d.end.Stats()
	if now == told {
		return told
	}
	log := d.log.Info
	if now.Panics > told.Panics {
		log = d.log.Error
	}
	log("sip figures", "dropped", now.Dropped, "malformed", now.Malformed, "overloads", now.Overloads, "panics", now.Panics)
	return now
}
