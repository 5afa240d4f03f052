package call

import (
	"context"
	"fmt"
	"time"
)

// Route finds what answers an inbound call, and returns the record to open, with
// what is known of the caller; ErrNoRoute where nothing answers the number.
func (d *Desk) Route(ctx context.Context, info Info) (Record, error) {
	now := time.Now()
	r, err := d.dir.Route(ctx, info.To, info.From)
	if err != nil {
		return Record{}, fmt.Errorf("route a call: %w", err)
	}
	info.Campaign, info.Contact, info.Customer = r.Campaign, r.Contact, r.Customer
	return Record{Info: info, Direction: Inbound, FlowHash: r.FlowHash, AnsweredAt: now}, nil
}
