package sim_test

import (
	"fmt"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/sim"
)

// TestCarrierThatForbidsCostsNoAttempts: as in earnest, a carrier that refuses all
// calls by 403 has pushed back, and nobody called has refused.
func TestCarrierThatForbidsCostsNoAttempts(t *testing.T) {
	carrier := sim.DefaultCarrier()
	carrier.Fails = map[int]float64{403: 1}
	list := sim.List{Name: "all"}
	for i := range 100 {
		list.Customers = append(list.Customers, campaigns.Customer{Key: fmt.Sprint(i), Number: phone.Number(fmt.Sprintf("+44207946%04d", i))})
	}
	c := campaigns.Definition{Name: "c", Flow: "survey", List: "all", Rules: []string{"none"}, CallerID: "+442079460901", Zone: "Europe/London", Trunks: []string{"t"}, Complete: []string{"score"}}
	w, err := sim.New(t.Context(), sim.Setup{
		Start: begins, Until: begins.Add(10 * time.Minute), Flows: []sim.File{{Name: "survey.yaml", Text: []byte(survey)}}, Lists: []sim.List{list},
		Trunks: []sim.Trunk{{Name: "t", MaxCalls: 10, PerSecond: 1, Carrier: carrier}}, Campaigns: []sim.Campaign{{Definition: c.WithDefaults()}},
	}, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Run(); err != nil {
		t.Fatal(err)
	}
	lost, called := 0, 0
	for contact, err := range w.Store().Contacts(t.Context(), w.Campaigns()[0].ID) {
		if err != nil {
			t.Fatal(err)
		}
		lost += contact.Attempts
		called += contact.Attempts + contact.Faults
	}
	if lost > 0 || called < 30 {
		t.Errorf("%d of %d attempts were lost; want none of many", lost, called)
	}
}
