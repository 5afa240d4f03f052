package campaigns

import "encoding/json"

// MarshalJSON writes spans in seconds.
func (r PackRule) MarshalJSON() ([]byte, error) {
	type plain PackRule
	return json.Marshal(struct {
		plain
		MinRing float64 `json:"min_ring_s,omitempty"`
		Keep    float64 `json:"keep_s,omitempty"`
	}{plain(r), r.MinRing.Seconds(), r.Keep.Seconds()})
}

// MarshalJSON writes the window in seconds.
func (f Frequency) MarshalJSON() ([]byte, error) {
	type plain Frequency
	return json.Marshal(struct {
		plain
		Window float64 `json:"window_s"`
	}{plain(f), f.Window.Seconds()})
}

// MarshalJSON writes spans in seconds.
func (o OptOutNeed) MarshalJSON() ([]byte, error) {
	type plain OptOutNeed
	return json.Marshal(struct {
		plain
		Within float64 `json:"within_s"`
	}{plain(o), o.Within.Seconds()})
}

// MarshalJSON writes spans in seconds.
func (a Abandonment) MarshalJSON() ([]byte, error) {
	type plain Abandonment
	return json.Marshal(struct {
		plain
		Within float64 `json:"within_s"`
		Window float64 `json:"window_s"`
	}{plain(a), a.Within.Seconds(), a.Window.Seconds()})
}

// MarshalJSON writes the wait in seconds.
func (r Recall) MarshalJSON() ([]byte, error) {
	type plain Recall
	return json.Marshal(struct {
		plain
		Wait float64 `json:"wait_s"`
	}{plain(r), r.Wait.Seconds()})
}
