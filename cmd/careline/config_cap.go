package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
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
	case c.Calls < 0 || c.Minutes < 0 || c.Spend < 0 || c.Price < 0:
		return errors.New("caps: no number may be below 0")
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
