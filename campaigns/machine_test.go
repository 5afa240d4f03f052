package campaigns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
)

// Where nothing is said of machines, they are called again unless they were left
// a message. Where no result makes an interview complete, a machine does not.
func TestSettleMachineByDefault(t *testing.T) {
	for _, tt := range []struct {
		machine campaigns.Machine
		state   campaigns.ContactState
	}{
		{campaigns.MachineHangUp, campaigns.Pending},
		{campaigns.MachineFlow, campaigns.Exhausted},
	} {
		d := campaigns.Definition{Machine: tt.machine}
		for _, d := range []campaigns.Definition{d, d.WithDefaults()} {
			c := campaigns.Contact{State: campaigns.Dialing}.After(campaigns.MetMachine)
			if c.Attempts != 1 || c.Last != campaigns.Answered {
				t.Errorf("after a machine: %d attempts, last %q; want 1, answered", c.Attempts, c.Last)
			}
			if got := campaigns.Settle(d, c, campaigns.MetMachine, nil, noon); got.State != tt.state {
				t.Errorf("machine: %s leaves it %s; want %s", tt.machine, got.State, tt.state)
			}
		}
	}
}

// The next number is tried where a machine has answered one, if that is asked for.
func TestSettleMachineNextNumber(t *testing.T) {
	d := campaigns.Definition{NextNumber: []campaigns.Disposition{campaigns.MetMachine}}
	c := campaigns.Contact{
		Customer: campaigns.Customer{Number: "+442079460401", Others: []phone.Number{"+442079460402"}},
		Number:   "+442079460401", State: campaigns.Dialing,
	}
	got := campaigns.Settle(d, c.After(campaigns.MetMachine), campaigns.MetMachine, nil, noon)
	if got.State != campaigns.Pending || got.Number != "+442079460402" || !got.Due.Equal(noon) {
		t.Errorf("Settle = %+v; want the other number at once", got)
	}
}

func TestParseDefinitionMachineRetry(t *testing.T) {
	d, err := campaigns.ParseDefinition("c.yaml", []byte(short+"machine: hang_up\nretry: {machine: [2h, 4h]}\nnext_number: [machine]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{2 * time.Hour, 4 * time.Hour}, d.Retry[campaigns.MetMachine]); diff != "" {
		t.Errorf("retry of machines (-want +got):\n%s", diff)
	}
	for _, key := range []string{"retry: {machine: [2h]}", "next_number: [machine]"} {
		_, err = campaigns.ParseDefinition("c.yaml", []byte(short+key+"\n"))
		if err == nil || !strings.Contains(err.Error(), "machine: is off") {
			t.Errorf("%s with machine: off = %v; want what to write", key, err)
		}
	}
}

// Machines are not counted as people; what they were left is, where the campaign
// says that it is a complete interview.
func TestFunnelOfMachines(t *testing.T) {
	d := campaigns.Definition{Complete: []string{"left"}}
	f := campaigns.NewFunnel()
	f.AddContact(d, campaigns.Exhausted, false, nil)
	f.AddContact(d, campaigns.Exhausted, false, map[string]string{"other": "yes"})
	f.AddContact(d, campaigns.Completed, false, map[string]string{"left": "yes"})
	f.AddContact(d, campaigns.Partial, true, nil)
	f.AddAttempts(campaigns.Answered, 4)
	if err := f.Check(); err != nil || f.Connected != 2 || f.Completed != 1 {
		t.Errorf("%d connected, %d completed, %v; want 2, 1", f.Connected, f.Completed, err)
	}
}
