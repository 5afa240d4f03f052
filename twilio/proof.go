package twilio

import (
	"context"
	"fmt"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/call"
)

// How often a call is looked for of which it is not known whether it exists.
const (
	firstSearch = 3 * time.Second
	nextSearch  = time.Minute
)

// clocks is how far Twilio's clock may be behind ours.
const clocks = 5 * time.Second

// search looks for a call until it is known to exist, or until ctx ends. That it
// is not found means nothing.
func (c *Carrier) search(ctx context.Context, h *hosted) {
	for wait := firstSearch; ; wait = min(2*wait, nextSearch) {
		f, changed := h.state()
		if f.Name != "" {
			return
		}
		again := time.NewTimer(wait)
		select {
		case <-changed:
			again.Stop()
			continue
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return
		}
		if err := c.prove(ctx, h); err != nil && ctx.Err() == nil {
			c.log.Info("call not found yet", "call_id", h.id, "trunk", h.trunk.Name, "err", err)
		}
	}
}

// prove looks for a call at Twilio: it is exactly one that was made from and to
// its numbers since it was asked for, and of which Twilio has requested
// something that bears its id.
func (c *Carrier) prove(ctx context.Context, h *hosted) error {
	all, more, err := h.trunk.api.list(ctx, h.to, h.from)
	if err != nil {
		return err
	}
	var since []openapi.ApiV2010Call
	for _, found := range all {
		if text(found.Direction) == "outbound-api" && !moment(found.DateCreated).Before(h.begun.Add(-clocks).Truncate(time.Second)) {
			since = append(since, found)
		}
	}
	if len(since) != 1 || more && len(since) == len(all) {
		return fmt.Errorf("%d calls were made between the two numbers since", len(since))
	}
	urls, err := h.trunk.api.requests(ctx, text(since[0].Sid))
	if err != nil {
		return err
	}
	for _, u := range urls {
		if strings.HasPrefix(u, c.hook(h.trunk.Name, "calls", h.id)+"/") {
			return c.proved(ctx, h, since[0])
		}
	}
	return fmt.Errorf("one call was made between the two numbers since, and none of the %d requests for it bears the id", len(urls))
}

// proved notes that a call exists.
func (c *Carrier) proved(ctx context.Context, h *hosted, found openapi.ApiV2010Call) error {
	c.log.Info("call found", "call_id", h.id, "trunk", h.trunk.Name, "sid", text(found.Sid))
	_, err := c.told(ctx, learnt(call.Fact{ID: h.id, Trunk: h.trunk.Name}, &found, time.Now()))
	return err
}
