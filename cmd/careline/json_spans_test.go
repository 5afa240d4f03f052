package main

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"careline/campaigns"
	"careline/sim"
)

// What commands print as JSON gives spans in the unit that a field's name says, by
// _s or _ms, and never in nanoseconds that nobody can read.
func TestJSONHasNoNanoseconds(t *testing.T) {
	for _, printed := range []any{
		campaigns.Pack{},
		rulesList{},
		calendarDay{},
		contactWhy{},
		campaignWhy{},
		campaignStatus{},
		report{},
		modes{},
		unknown{},
		decided{},
		sim.Summary{},
		callJSON{},
		messageJSON{},
		campaigns.Reception{},
		examined{},
		diagnosis{},
		agentStatus{},
		card{},
		trunkLine{},
		banLine{},
		imported{},
		dncLine{},
		dncImported{},
		consentLine{},
		consentsImported{},
		summary{},
		checked{},
		claimBench{},
		dialBench{},
		importBench{},
		mediaBench{},
		pacingBench{},
		signallingBench{},
	} {
		of := reflect.TypeOf(printed)
		noSpans(t, of, of.String(), map[reflect.Type]bool{})
	}
}

// noSpans walks a type as it is written.
func noSpans(t *testing.T, of reflect.Type, path string, seen map[reflect.Type]bool) {
	t.Helper()
	if of == reflect.TypeFor[time.Duration]() {
		t.Errorf("%s is written in nanoseconds", path)
		return
	}
	if seen[of] || of == reflect.TypeFor[time.Time]() {
		return
	}
	seen[of] = true
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		noSpans(t, of.Elem(), path, seen)
	case reflect.Struct:
		for f := range of.Fields() {
			if (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-" {
				noSpans(t, f.Type, path+"."+f.Name, seen)
			}
		}
	default:
	}
}

// Rules are written with their spans in seconds.
func TestRulesShowInSeconds(t *testing.T) {
	o := newOffice(t)
	var pack struct {
		Rules []struct {
			ID      string  `json:"id"`
			MinRing float64 `json:"min_ring_s"`
			Abandon struct {
				Within float64 `json:"within_s"`
				Window float64 `json:"window_s"`
			} `json:"abandon"`
		} `json:"rules"`
	}
	if err := json.Unmarshal([]byte(o.does(t, "rules", "show", "us", "--json")), &pack); err != nil {
		t.Fatal(err)
	}
	if r := pack.Rules[0]; r.Abandon.Within != 2 || r.Abandon.Window != 30*24*3600 {
		t.Errorf("%s says within %v s, window %v s; want 2 s, 30 days", r.ID, r.Abandon.Within, r.Abandon.Window)
	}
	if r := pack.Rules[1]; r.MinRing != 15 {
		t.Errorf("%s says min_ring_s %v; want 15", r.ID, r.MinRing)
	}
}
