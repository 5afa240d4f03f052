package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// capsConfig bounds what a trunk may carry in a day of the service's zone.
type capsConfig struct {
	Calls   int                `yaml:"calls"`   // 0: any number
	Minutes int                `yaml:"minutes"` // started ones; 0: any number
	Spend   float64            `yaml:"spend"`   // in the currency of the prices; 0: any sum
	Price   float64            `yaml:"price"`   // of a started minute
	Prices  map[string]float64 `yaml:"prices"`  // likewise, by prefix: the longest that fits decides
}

func (c capsConfig) check() error {
	switch {
	case c.Calls < 0:
		return fmt.Errorf("caps.calls: %d is below 0", c.Calls)
	case c.Minutes < 0:
		return fmt.Errorf("caps.minutes: %d is below 0", c.Minutes)
	case c.Spend < 0:
		return fmt.Errorf("caps.spend: %v is below 0", c.Spend)
	case c.Price < 0:
		return fmt.Errorf("caps.price: %v is below 0", c.Price)
	case c.Spend > 0 && c.Price == 0 && len(c.Prices) == 0:
		return errors.New("caps.spend: needs caps.price, or caps.prices, to be counted")
	}
	for prefix, price := range c.Prices {
		digits, plus := strings.CutPrefix(prefix, "+")
		if !plus || digits == "" || strings.Trim(digits, "0123456789") != "" {
			return fmt.Errorf("caps.prices: %q is no prefix, as \"+44\"", prefix)
		}
		if price < 0 {
			return fmt.Errorf("caps.prices: that of %s is below 0", prefix)
		}
	}
	return nil
}

// bounds tells whether there is anything to count.
func (c capsConfig) bounds() bool { return c.Calls > 0 || c.Minutes > 0 || c.Spend > 0 }

// price is that of a started minute to a number.
func (c capsConfig) price(n phone.Number) float64 {
	longest, price := "", c.Price
	for prefix, p := range c.Prices {
		if len(prefix) > len(longest) && strings.HasPrefix(string(n), prefix) {
			longest, price = prefix, p
		}
	}
	return price
}

// capOf is what bounds the day of a trunk, for a call to a number now.
func (c config) capOf(trunk string, n phone.Number, now time.Time) campaigns.Cap {
	for _, t := range c.Trunks {
		if t.Name == trunk && t.Caps.bounds() {
			day, ends := c.day(now)
			return campaigns.Cap{
				Calls: t.Caps.Calls, Minutes: t.Caps.Minutes, Spend: t.Caps.Spend, Price: t.Caps.price(n), Day: day, Ends: ends,
			}
		}
	}
	return campaigns.Cap{}
}

// day is the service's day, and when it is over.
func (c config) day(now time.Time) (day string, ends time.Time) {
	zone, err := phone.Location(cmp.Or(c.Zone, "UTC"))
	if err != nil { // which check has refused
		zone = time.UTC
	}
	now = now.In(zone)
	return now.Format(time.DateOnly), time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, zone)
}

// uses tells what trunks have carried in a day. It asks for each once.
type uses struct {
	s     *store.Store
	known map[string]campaigns.Use
}

func usesOf(s *store.Store) uses { return uses{s, make(map[string]campaigns.Use)} }

func (u uses) of(ctx context.Context, trunk, day string, now time.Time) (campaigns.Use, error) {
	if use, known := u.known[trunk+day]; known {
		return use, nil
	}
	use, err := u.s.TrunkUse(ctx, trunk, day, now)
	if err == nil {
		u.known[trunk+day] = use
	}
	return use, err
}

// ways adds what the campaign's trunks say of a contact: whether one permits its
// number, and whether one of those has something left of its day.
func (c config) ways(ctx context.Context, u uses, in campaigns.Inputs, now time.Time) (campaigns.Inputs, error) {
	in.Allowed = false
	for _, t := range c.Trunks {
		if !slices.Contains(in.Definition.Trunks, t.Name) {
			continue
		}
		if barred := t.Allow.Refuses(in.Number); barred != "" {
			in.Barred = cmp.Or(in.Barred, barred)
			continue
		}
		in.Allowed, in.Local = true, t.local()
		bound := c.capOf(t.Name, in.Number, now)
		use, err := u.of(ctx, t.Name, bound.Day, now)
		if err != nil {
			return in, err
		}
		reached := bound.Reached(use)
		if reached == "" {
			in.Capped = ""
			return in, nil
		}
		in.Capped = cmp.Or(in.Capped, "trunk "+t.Name+": "+reached)
	}
	return in, nil
}
