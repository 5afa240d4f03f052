package wire_test

import (
	"fmt"
	"testing"

	"careline/sip/wire"
)

// Sources that were not heard of for two generations are forgotten, the others
// are not, nor is our own address, whoever pretends to have it.
func TestSourcesAreForgotten(t *testing.T) {
	t.Parallel()
	w, err := wire.New(wire.Options{}, answers) // nobody reads it but the test
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		wire.Hear(w, "192.0.2.99:5060")
		wire.Hear(w, w.Addr().String())
		for j := range 50 {
			wire.Hear(w, fmt.Sprintf("192.0.2.%d:%d", i, 1000+j))
		}
		wire.Turn(w)
		if n := wire.Sources(w); n > 2*50+2 {
			t.Errorf("%d sources are kept; want two generations", n)
		}
	}
	for _, at := range []string{"192.0.2.99:5060", "192.0.2.4:1000", w.Addr().String()} {
		if !wire.Heard(w, at) {
			t.Errorf("%s is forgotten", at)
		}
	}
	if wire.Heard(w, "192.0.2.0:1000") {
		t.Error("a source of long ago is kept")
	}
}
