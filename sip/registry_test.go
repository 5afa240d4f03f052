package sip

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"careline/agents"
)

// register asks for one contact of agent li. from is a Call-ID and CSeq.
func register(r *registry, from agents.Binding, uri string, expires time.Duration, now time.Time) error {
	from.Agent = "li"
	_, _, err := r.apply(registration{phone: from, contacts: []asked{{uri: uri, expires: expires}}}, now)
	return err
}

// latest is the phone of li that registered last, of those that can be called.
func latest(r *registry, now time.Time) agents.Binding {
	for _, b := range r.reach("li", now) {
		return b
	}
	return agents.Binding{}
}

func TestRegistryGrantsNoMoreThanItWants(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	if err := register(r, agents.Binding{CallID: "a", CSeq: 1}, "sip:li@192.0.2.1", time.Hour, now); err != nil {
		t.Fatal(err)
	}
	got := r.bindings("li", now)
	if len(got) != 1 || got[0].Expires != now.Add(longestBinding) {
		t.Errorf("bindings = %+v; want one until %v", got, now.Add(longestBinding))
	}
	if got := r.bindings("li", now.Add(longestBinding)); len(got) != 0 {
		t.Errorf("bindings after its time = %+v; want none", got)
	}
}

func TestRegistryReachesTheLatest(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	desk, hall := "sip:li@192.0.2.1", "sip:li@192.0.2.2"
	register(r, agents.Binding{CallID: "a", CSeq: 1}, desk, time.Minute, now)
	register(r, agents.Binding{CallID: "b", CSeq: 1}, hall, time.Minute, now)
	want := func(when, uri string) {
		t.Helper()
		if b := latest(r, now); b.Contact != uri {
			t.Errorf("%s: reach = %q; want %q", when, b.Contact, uri)
		}
	}
	want("both there", hall)
	b := latest(r, now)
	r.heard(b, false)
	want("the hall is silent", desk)
	register(r, agents.Binding{CallID: "b", CSeq: 2}, hall, time.Minute, now)
	want("the hall is back", hall)
	r.heard(b, false)
	want("an old question went unanswered", hall)
	register(r, agents.Binding{CallID: "b", CSeq: 3}, hall, 0, now)
	want("the hall went", desk)
	now = now.Add(time.Minute)
	want("the desk lapsed", "")
}

func TestRegistryRefusesAnOlderRegister(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	register(r, agents.Binding{CallID: "a", CSeq: 7}, "sip:li@192.0.2.1", time.Minute, now)
	if err := register(r, agents.Binding{CallID: "a", CSeq: 6}, "sip:li@192.0.2.1", 0, now); !errors.Is(err, errOldRegister) {
		t.Errorf("an older REGISTER: %v; want %v", err, errOldRegister)
	}
	if err := register(r, agents.Binding{CallID: "restarted", CSeq: 1}, "sip:li@192.0.2.1", time.Minute, now); err != nil {
		t.Errorf("the phone after its restart: %v", err)
	}
}

func TestRegistryLimitsContacts(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	for i := range mostContacts {
		if err := register(r, agents.Binding{CallID: "a", CSeq: 1}, fmt.Sprintf("sip:li@192.0.2.%d", i), time.Minute, now); err != nil {
			t.Fatalf("contact %d: %v", i+1, err)
		}
	}
	if err := register(r, agents.Binding{CallID: "a", CSeq: 1}, "sip:li@198.51.100.1", time.Minute, now); !errors.Is(err, errTooManyContacts) {
		t.Errorf("one contact more: %v; want %v", err, errTooManyContacts)
	}
}

// A phone that is started again and again comes from another port each time;
// what it leaves behind must not keep it out.
func TestRegistryForgetsSilentContactsForNewOnes(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	for i := range mostContacts + 2 {
		uri := fmt.Sprintf("sip:li@192.0.2.1:%d", 5060+i)
		phone := agents.Binding{Agent: "li", CallID: uri, CSeq: 1}
		save, remove, err := r.apply(registration{phone: phone, contacts: []asked{{uri: uri, expires: time.Minute}}}, now)
		if gone := max(i-mostContacts+1, 0); err != nil || len(save) != 1 || len(remove) != min(gone, 1) {
			t.Errorf("start %d: saved %v, removed %v, %v", i+1, save, remove, err)
		}
		if b := latest(r, now); b.Contact != uri {
			t.Errorf("start %d: reached at %v; want %s", i+1, b, uri)
		}
		phone.Contact = uri
		r.heard(phone, false)
	}
}

func TestRegistryForgetsAll(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	register(r, agents.Binding{CallID: "a", CSeq: 1}, "sip:li@192.0.2.1", time.Minute, now)
	register(r, agents.Binding{CallID: "b", CSeq: 1}, "sip:li@192.0.2.2", time.Minute, now)
	_, removed, err := r.apply(registration{phone: agents.Binding{Agent: "li"}, clear: true}, now)
	if err != nil || len(removed) != 2 {
		t.Errorf("Contact: * removed %d, %v; want 2", len(removed), err)
	}
	if len(r.reach("li", now)) != 0 {
		t.Error("still reachable")
	}
}

func TestRegistryAsksLoadedPhonesAtOnce(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRegistry()
	r.load([]agents.Binding{{Agent: "li", Contact: "sip:li@192.0.2.1", Expires: now.Add(time.Minute)}})
	if up := r.reachable(now); up["li"] {
		t.Error("reachable before it answered")
	}
	ask := r.due(9*time.Second, now)
	if len(ask) != 1 {
		t.Fatalf("due = %v; want the loaded phone", ask)
	}
	r.heard(ask[0], true)
	if up := r.reachable(now); !up["li"] {
		t.Error("not reachable though it answered")
	}
	if ask := r.due(9*time.Second, now.Add(9*time.Second-1)); len(ask) != 0 {
		t.Errorf("asked again too soon: %v", ask)
	}
	if ask := r.due(9*time.Second, now.Add(9*time.Second)); len(ask) != 1 {
		t.Errorf("not asked again after 9 s")
	}
	if gone := r.lapse(now.Add(time.Minute)); len(gone) != 1 || len(r.state(now)) != 0 {
		t.Errorf("lapse = %v; want the phone", gone)
	}
}
