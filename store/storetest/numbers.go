package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var numberTests = tests{
	"customers keep all their numbers":         keepsNumbers,
	"any number of a customer finds them":      routesOthers,
	"any number of a customer withdraws them":  withdrawsByOther,
	"contacts keep a number that is still one": keepsNext,
}

// many is a customer with three numbers.
func many(i int) campaigns.Customer {
	c := customers(i + 1)[i]
	c.Others = []phone.Number{number(i + 1000), number(i + 2000)}
	c.Consent, c.ConsentEvidence = "marketing", "form 4711, page 2"
	c.ConsentAt = time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)
	c.Expires = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	return c
}

func keepsNumbers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	changes := func(want store.Imported, c campaigns.Customer) {
		t.Helper()
		got, err := w.s.ImportCustomers(t.Context(), theList, []campaigns.Customer{c}, store.ImportOptions{Now: w.now})
		if err != nil || got != want {
			t.Errorf("ImportCustomers = %+v, %v; want %+v", got, err, want)
		}
	}
	c := many(0)
	twice := c
	twice.Others = append([]phone.Number{c.Number}, append(c.Others, c.Others[0])...)
	changes(store.Imported{Updated: 1}, twice)
	changes(store.Imported{Unchanged: 1}, c)
	got := w.claim(1)[0]
	if diff := cmp.Diff(c, got.Customer); diff != "" || got.Number != c.Number {
		t.Errorf("to be called at %q; the customer (-want +got):\n%s", string(got.Number), diff)
	}
	c.Others = c.Others[1:]
	changes(store.Imported{Updated: 1}, c)
	c.Expires = c.Expires.Add(time.Hour)
	changes(store.Imported{Updated: 1}, c)
	if diff := cmp.Diff(c, w.contact(got.ID).Customer); diff != "" {
		t.Errorf("the customer (-want +got):\n%s", diff)
	}
	if route, err := w.s.Route(t.Context(), "10086", number(1000)); err != nil || route.Customer.Key != "" {
		t.Errorf("a number that was taken from the customer leads to %+v, %v; want nobody", route.Customer, err)
	}
}

func routesOthers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	_, err := w.s.ImportCustomers(t.Context(), theList, []campaigns.Customer{many(1)}, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	for _, did := range []string{string(callerID), "10086"} {
		for _, from := range many(1).Numbers() {
			route, err := w.s.Route(t.Context(), did, from)
			w.ok("route", err)
			if c := route.Customer; c.Key != many(1).Key || c.Number != from || len(c.Others) != 2 || (route.Contact == "") == (did != "10086") {
				t.Errorf("a call to %s from %q leads to %+v; want the customer, with that number first", did, string(from), route)
			}
		}
	}
	if _, err := w.s.Route(t.Context(), string(callerID), number(3000)); err == nil {
		t.Errorf("a stranger has a route; want %v", call.ErrNoRoute)
	}
}

func withdrawsByOther(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	rows := []campaigns.Customer{many(0), many(1)}
	_, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	got, err := w.s.WithdrawFromCampaign(t.Context(), w.c.ID, []phone.Number{number(1000)})
	if want := (store.Withdrawn{Contacts: 1}); err != nil || got != want {
		t.Errorf("WithdrawFromCampaign = %+v, %v; want %+v", got, err, want)
	}
	got, err = w.s.WithdrawFromList(t.Context(), theList, []phone.Number{number(2001), number(1001)}, w.now)
	if want := (store.Withdrawn{Customers: 1, Contacts: 1}); err != nil || got != want {
		t.Errorf("WithdrawFromList = %+v, %v; want %+v", got, err, want)
	}
	if left := w.claim(9); len(left) != 1 || left[0].Number != number(2) {
		t.Errorf("%d contacts are left; want the one of the third customer", len(left))
	}
}

// keepsNext: a contact that is to be called at another number than the first
// stays so when a list comes again, as long as the customer has that number.
func keepsNext(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	c := many(0)
	imports := func() {
		t.Helper()
		_, err := w.s.ImportCustomers(t.Context(), theList, []campaigns.Customer{c}, store.ImportOptions{Now: w.now})
		w.ok("import", err)
	}
	imports()
	id := w.claim(1)[0].ID
	w.exec("UPDATE contacts SET number = $1 WHERE id = $2", c.Others[0], id)
	next := func(want phone.Number) {
		t.Helper()
		if got := w.contact(id); got.Number != want || got.Customer.Number != c.Number {
			t.Errorf("to be called at %q, first %q; want %q, %q", string(got.Number), string(got.Customer.Number), string(want), string(c.Number))
		}
	}
	next(c.Others[0])
	c.Number = number(4000)
	imports()
	next(c.Others[0])
	c.Others = c.Others[1:]
	imports()
	next(c.Number)
}

// exec changes the database beside the store.
func (w *world) exec(text string, args ...any) {
	w.Helper()
	db, err := openRaw(w.url)
	w.ok("open the database", err)
	defer db.Close()
	_, err = db.ExecContext(w.Context(), text, args...)
	w.ok(text, err)
}
