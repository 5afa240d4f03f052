package sip

import (
	"context"
	"time"

	"careline/sip/dialog"
)

// figuresEvery is how often it is logged what came in that should not have.
const figuresEvery = time.Minute

// tellFigures logs what was turned away and what went wrong, as long as there is
// something new to say, until ctx ends, and a last time then.
func (d *Driver) tellFigures(ctx context.Context) {
	var told dialog.Stats
	for goOn := true; goOn; {
		goOn = sleep(ctx, figuresEvery)
		now := d.end.Stats()
		if now == told {
			continue
		}
		log := d.log.Info
		if now.Panics > told.Panics {
			log = d.log.Error
		}
		log("sip figures", "dropped", now.Dropped, "malformed", now.Malformed, "overloads", now.Overloads, "panics", now.Panics)
		told = now
	}
}
