package twin

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"careline/sim/twilio/spec"
)

// manner is how a webhook is requested, by the fragment of its URL.
type manner struct {
	read, total time.Duration
	retries     int
	on          []string // ct, rt, 4xx, 5xx, all
}

// mannerOf reads a fragment. With an error the defaults are returned.
func mannerOf(address string) (manner, error) {
	usual := manner{read: webhookTime, total: webhookTime, retries: 1, on: []string{"ct"}}
	_, fragment, ok := strings.Cut(address, "#")
	if !ok {
		return usual, nil
	}
	values, err := url.ParseQuery(fragment)
	if err != nil {
		return usual, fmt.Errorf("the fragment %q cannot be read: %w", fragment, err)
	}
	m := usual
	for name, v := range values {
		if err := m.set(name, v[0]); err != nil {
			return usual, err
		}
	}
	return m, nil
}

func (m *manner) set(name, value string) error {
	at := slices.IndexFunc(spec.Overrides, func(o spec.Override) bool { return o.Key == name })
	if at < 0 {
		return fmt.Errorf("%s of the fragment is unknown", name)
	}
	if why := wrong(spec.Overrides[at].Values, strings.Split(value, ",")...); why != "" {
		return fmt.Errorf("%s of the fragment %s", name, why)
	}
	n, _ := strconv.Atoi(value) // 0 for what is no number, and is not used as one
	switch name {
	case "rt":
		m.read = time.Duration(n) * time.Millisecond
	case "tt":
		m.total = time.Duration(n) * time.Millisecond
	case "rc":
		m.retries = n
	case "rp":
		m.on = strings.Split(value, ",")
	}
	return nil
}

// again tells whether what came of a request is retried.
func (m manner) again(code int, err error) bool {
	has := func(p string) bool { return slices.Contains(m.on, p) || slices.Contains(m.on, "all") }
	switch {
	case err != nil && neverConnected(err):
		return has("ct")
	case err != nil:
		return has("rt")
	case code >= 500:
		return has("5xx")
	case code >= 400:
		return has("4xx")
	}
	return false
}
