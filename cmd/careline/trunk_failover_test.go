package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"careline/sim/people"
)

// TestTrunkFailover: a trunk that refuses each call costs no customer an
// attempt, as the other one takes them; after five calls it is left alone, and
// the list says so.
func TestTrunkFailover(t *testing.T) {
	t.Parallel()
	const contacts = 8
	list := "key,number\n"
	var subscribers []people.Subscriber
	for i := range contacts {
		list += fmt.Sprintf("%d,020 7946 03%02d\n", i, i)
		subscribers = append(subscribers, people.Subscriber{
			Number: fmt.Sprintf("+4420794603%02d", i), Personas: []people.Persona{people.Silent},
		})
	}
	h := newHouse(t, houseOptions{list: list})
	sick := carrierOf(t, ownIP()+":5060", "503 Service Unavailable")
	h.change("careline.yaml", "trunks:\n", fmt.Sprintf(
		"trunks:\n  - {name: sick, address: %q, allow: [\"+44\"], max_calls: 20, calls_per_second: 2, caller_ids: [\"+442079460998\"]}\n", sick))
	h.change("quick.yaml", "trunks: [carrier]", "trunks: [{name: carrier, priority: 2}, {name: sick}]\ncaller_ids: [\"+442079460998\"]")
	h.people(people.Options{Subscribers: subscribers})
	h.open()
	await(t, generous, "both trunks", func() bool { return h.logged("trunk up") == 2 })
	h.campaign()
	await(t, generous, "all calls", func() bool {
		return h.number("SELECT COUNT(*) FROM attempts WHERE trunk = 'carrier' AND ended_at > 0") == contacts
	})
	refused := h.number("SELECT COUNT(*) FROM attempts WHERE trunk = 'sick'")
	if counted := h.number("SELECT COUNT(*) FROM attempts WHERE trunk = 'sick' AND disposition <> 'congestion'"); refused != 5 || counted != 0 {
		t.Errorf("%d attempts by the sick trunk, %d of them not its own fault; want five, and none", refused, counted)
	}
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE trunk = 'sick' AND caller_id <> '+442079460998'"); n != 0 {
		t.Errorf("%d calls by the sick trunk show a number that it does not own", n)
	}
	if most := h.number("SELECT MAX(attempts) FROM contacts"); most != 1 {
		t.Errorf("%d attempts are counted on a contact; want one", most)
	}
	if out := h.must("trunk", "list"); !strings.Contains(out, "5 calls in a row failed, the last: sip 503") {
		t.Errorf("trunk list:\n%s", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	caller, err := h.net.Call(ctx, "+442079460300", "+442079460998", people.Script{Persona: people.Silent})
	if err != nil || caller.Status != 200 {
		t.Errorf("a call back to a number that was shown: %d, %v", caller.Status, err)
	}
}

// change replaces text of a file in the house's folder.
func (h *house) change(name, from, to string) {
	h.Helper()
	text, err := os.ReadFile(h.path(name))
	if err != nil {
		h.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		h.Fatalf("%s has no %q", name, from)
	}
	h.write(name, strings.Replace(string(text), from, to, 1))
}
