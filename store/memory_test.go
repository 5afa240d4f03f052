package store_test

import (
	"fmt"
	"testing"
	"time"

	"careline/campaigns"
	"careline/store"
)

func TestMemoryIsSharedByName(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	open := func(name string) *store.Store {
		s, err := store.OpenMemory(t.Context(), name, store.Options{Node: "a"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	first, again, other := open(t.Name()), open(t.Name()), open(t.Name()+" 2")
	rows := []campaigns.Customer{{Number: "+441632960001"}}
	if _, err := first.ImportCustomers(t.Context(), "list", rows, store.ImportOptions{Now: now}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*store.Store{"again": again, "other": other} {
		lists, err := s.Lists(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"again": 1, "other": 0}[name]; len(lists) != want {
			t.Errorf("%s sees %d lists; want %d", name, len(lists), want)
		}
	}
}

func TestIDsAreHandedIn(t *testing.T) {
	made := 0
	next := func() string { made++; return fmt.Sprintf("%08d", made) }
	s, err := store.OpenMemory(t.Context(), t.Name(), store.Options{NewID: next})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if _, err = s.AddFlow(t.Context(), "f.yaml", []byte("flow: f\nlanguages: [en]\nstart: a\nnodes:\n  a: {say: {en: Hello.}, next: end}\n"), now); err != nil {
		t.Fatal(err)
	}
	if _, err = s.ImportCustomers(t.Context(), "l", []campaigns.Customer{{Number: "+441632960001"}}, store.ImportOptions{Now: now}); err != nil {
		t.Fatal(err)
	}
	c, err := s.CreateCampaign(t.Context(), campaigns.Definition{Name: "c", Flow: "f", List: "l", Trunks: []string{"t"}, CallerID: "+441632960000"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for contact, err := range s.Contacts(t.Context(), c.ID) {
		if err != nil || c.ID != "00000002" || contact.ID != "00000003" {
			t.Errorf("campaign %s, contact %s, %v; want 00000002 and 00000003, after the run's own", c.ID, contact.ID, err)
		}
	}
}

func TestGroupIsRead(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, err := store.OpenMemory(t.Context(), t.Name(), store.Options{Node: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Group(100); err != nil {
		t.Fatal(err)
	}
	rows := []campaigns.Customer{{Number: "+441632960001"}}
	if _, err := s.ImportCustomers(t.Context(), "list", rows, store.ImportOptions{Now: now}); err != nil {
		t.Fatal(err)
	}
	if lists, err := s.Lists(t.Context()); err != nil || len(lists) != 1 {
		t.Errorf("%d lists, %v; want 1", len(lists), err)
	}
	if _, err := s.CreateCampaign(t.Context(), campaigns.Definition{Name: "c", Flow: "none", List: "list"}, now); err == nil {
		t.Fatal("a campaign without a flow was created")
	}
	if _, err := s.Renew(t.Context(), "a", now); err != nil {
		t.Errorf("Renew after a write that was refused before it began = %v; want nil", err)
	}
}
