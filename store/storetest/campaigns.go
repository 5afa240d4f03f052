package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/store"
)

var campaignTests = tests{
	"campaigns are kept as they are defined":    campaignKept,
	"campaigns keep the flow they began with":   flowKept,
	"campaigns change state as they may":        transitions,
	"campaigns finish when nobody is left":      finishes,
	"campaigns do not finish during an import":  finishRaces,
	"campaigns are all stopped by one command":  stopAll,
	"campaigns that change are noticed":         noticed,
	"campaigns that cannot be are refused":      createRefused,
	"campaigns say why a contact is not called": says,
}

func campaignKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	for what, find := range map[string]func() (campaigns.Campaign, error){
		"by id":   func() (campaigns.Campaign, error) { return w.s.Campaign(t.Context(), w.c.ID) },
		"by name": func() (campaigns.Campaign, error) { return w.s.CampaignNamed(t.Context(), "survey") },
	} {
		got, err := find()
		w.ok("find it "+what, err)
		if diff := cmp.Diff(w.c, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if _, err := w.s.Campaign(t.Context(), "nobody's"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Campaign of none = %v; want ErrNotFound", err)
	}
	all, err := w.s.Campaigns(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != w.c.ID {
		t.Errorf("Campaigns = %+v, %v; want the one", all, err)
	}
}

func flowKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	newer := []byte(surveyFlow + "# changed\n")
	hash, err := w.s.AddFlow(t.Context(), "survey.yaml", newer, w.now.Add(time.Second))
	w.ok("add a newer version", err)
	second := w.campaign("second", nil)
	if hash == w.c.FlowHash || second.FlowHash != hash {
		t.Errorf("the first campaign runs %s, the second %s; want the second alone to run %s", w.c.FlowHash, second.FlowHash, hash)
	}
	for hash, want := range map[string]string{w.c.FlowHash: surveyFlow, hash: string(newer)} {
		flow, fails := w.open(store.Options{}).Flow(t.Context(), hash)
		w.ok("read the flow", fails)
		name, text, fails := w.s.FlowText(t.Context(), hash)
		if fails != nil || name != "survey" || string(text) != want || flow.Hash() != hash {
			t.Errorf("FlowText of %s = %s, %d bytes, %v; want what was added", hash, name, len(text), fails)
		}
	}
	_, err = w.s.AddFlow(t.Context(), "survey.yaml", []byte(surveyFlow), w.now.Add(2*time.Second))
	w.ok("go back to the older version", err)
	if newest, err := w.s.NewestFlow(t.Context(), "survey"); err != nil || newest != w.c.FlowHash {
		t.Errorf("NewestFlow = %s, %v; want the one added last", newest, err)
	}
	if _, err := w.s.Flow(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Flow of no such hash = %v; want ErrNotFound", err)
	}
}

func transitions(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	verbs := map[string]func(campaigns.ID) (campaigns.Campaign, error){
		"start":  func(id campaigns.ID) (campaigns.Campaign, error) { return w.s.Start(t.Context(), id, w.now) },
		"pause":  func(id campaigns.ID) (campaigns.Campaign, error) { return w.s.Pause(t.Context(), id, w.now) },
		"resume": func(id campaigns.ID) (campaigns.Campaign, error) { return w.s.Resume(t.Context(), id, w.now) },
		"stop":   func(id campaigns.ID) (campaigns.Campaign, error) { return w.s.Stop(t.Context(), id, w.now) },
	}
	for _, tt := range []struct {
		verb string
		want campaigns.State // empty: not allowed
	}{
		{"start", ""},
		{"resume", ""},
		{"pause", campaigns.Paused},
		{"pause", ""},
		{"start", ""},
		{"resume", campaigns.Running},
		{"stop", campaigns.Stopped},
		{"stop", ""},
		{"start", ""},
		{"resume", ""},
		{"pause", ""},
	} {
		got, err := verbs[tt.verb](w.c.ID)
		if got.State != tt.want || errors.Is(err, store.ErrNotAllowed) != (tt.want == "") {
			t.Errorf("%s = %s, %v; want %q", tt.verb, got.State, err, tt.want)
		}
	}
	got, err := w.s.Campaign(t.Context(), w.c.ID)
	if err != nil || !got.StartedAt.Equal(w.now) || !got.EndedAt.Equal(w.now) {
		t.Errorf("the campaign = %+v, %v; want it started and ended", got, err)
	}
}

func finishes(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	finish := func(want bool) {
		t.Helper()
		if got, err := w.s.Finish(t.Context(), w.c.ID, w.now); err != nil || got != want {
			t.Errorf("Finish = %v, %v; want %v", got, err, want)
		}
	}
	finish(false)
	a := w.begin(w.claim(1)[0])
	finish(false)
	w.end(a, campaigns.Answered)
	finish(true)
	finish(false)
	got, err := w.s.Campaign(t.Context(), w.c.ID)
	if err != nil || got.State != campaigns.Finished || !got.EndedAt.Equal(w.now) {
		t.Errorf("the campaign = %+v, %v; want it finished", got, err)
	}
}

// finishRaces adds contacts to a campaign that is about to finish: either the
// import is refused, or the campaign does not finish, or it runs again.
func finishRaces(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.end(w.begin(w.claim(1)[0]), campaigns.Answered)
	other := w.open(store.Options{})
	var wg sync.WaitGroup
	var finished bool
	var imported error
	wg.Go(func() {
		var err error
		finished, err = w.s.Finish(t.Context(), w.c.ID, w.now)
		w.ok("finish", err)
	})
	wg.Go(func() {
		o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}}
		_, imported = other.ImportCustomers(t.Context(), theList, customers(50), o)
	})
	wg.Wait()
	f := w.adds(w.c.ID)
	c, err := w.s.Campaign(t.Context(), w.c.ID)
	w.ok("find the campaign", err)
	switch {
	case finished && errors.Is(imported, store.ErrNotAllowed) && f.Submitted == 1 && c.State == campaigns.Finished:
	case imported == nil && f.Submitted == 50 && c.State == campaigns.Running:
	default:
		t.Errorf("finished %v, import %v, %d contacts of a campaign that is %s; want one of the two", finished, imported, f.Submitted, c.State)
	}
}

func stopAll(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	running := func(want int) {
		t.Helper()
		if got, err := w.s.Running(t.Context()); err != nil || len(got) != want {
			t.Errorf("Running = %d campaigns, %v; want %d", len(got), err, want)
		}
	}
	running(1)
	if _, _, err := w.s.Stopped(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Stopped = %v; want ErrNotFound", err)
	}
	w.ok("stop all", w.s.StopAll(t.Context(), "complaints", w.now))
	running(0)
	since, why, err := w.open(store.Options{}).Stopped(t.Context())
	if err != nil || why != "complaints" || !since.Equal(w.now) {
		t.Errorf("Stopped = %v, %q, %v; want what was said", since, why, err)
	}
	w.ok("lift", w.s.LiftStop(t.Context()))
	running(1)
	w.begin(w.claim(1)[0])
}

func noticed(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	changes := w.open(store.Options{}).Changes(t.Context())
	waits := func(what string) {
		t.Helper()
		select {
		case <-changes:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not noticed", what)
		}
	}
	_, err := w.s.Pause(t.Context(), w.c.ID, w.now)
	w.ok("pause", err)
	waits("a pause")
	o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}}
	_, err = w.s.ImportCustomers(t.Context(), theList, customers(5), o)
	w.ok("import", err)
	waits("an import")
}

func createRefused(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	for name, tt := range map[string]struct {
		change func(*campaigns.Definition)
		want   error
	}{
		"no such flow": {func(d *campaigns.Definition) { d.Flow = "none" }, store.ErrNotFound},
		"no such list": {func(d *campaigns.Definition) { d.List = "none" }, store.ErrNotFound},
		"name taken":   {func(d *campaigns.Definition) { d.Name = "survey" }, store.ErrExists},
	} {
		d := w.c.Definition
		d.Name = "second"
		tt.change(&d)
		if _, err := w.s.CreateCampaign(t.Context(), d, w.now); !errors.Is(err, tt.want) {
			t.Errorf("%s: CreateCampaign = %v; want %v", name, err, tt.want)
		}
	}
	if _, err := w.s.AddFlow(t.Context(), "broken.yaml", []byte("flow: ["), w.now); err == nil {
		t.Error("AddFlow took a broken flow")
	}
}

func says(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.PerDay = 4 })
	c := w.contacts()[0]
	why := func() (campaigns.Inputs, campaigns.Verdict) {
		t.Helper()
		in, v, err := w.s.Why(t.Context(), c.ID, w.now)
		w.ok("ask why", err)
		return in, v
	}
	if _, v := why(); !v.Allowed {
		t.Errorf("Why of a contact that may be called = %+v", v)
	}
	w.end(w.begin(w.claim(1)[0]), campaigns.Busy)
	w.ok("stop all", w.s.StopAll(t.Context(), "complaints", w.now))
	in, v := why()
	if v.Allowed || failedRules(v) != campaigns.RuleCampaign+" "+campaigns.RuleDue || len(in.Recent) != 1 {
		t.Errorf("Why = %+v, %+v; want the stop and the delay", in, v)
	}
	w.is(c.ID, campaigns.Pending)
}
