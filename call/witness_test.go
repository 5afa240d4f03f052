package call_test

import (
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
)

func TestWitnessDeadline(t *testing.T) {
	up := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return up.Add(d) }
	for _, tt := range []struct {
		name     string
		patience call.Patience
		happens  func(w *call.Witness)
		want     time.Time
	}{
		{"says nothing", call.Patience{}, func(*call.Witness) {}, at(2 * time.Second)},
		{"speaks", call.Patience{}, func(w *call.Witness) { w.Spoke() }, time.Time{}},
		{"has spoken", call.Patience{}, func(w *call.Witness) { w.Spoke(); w.GreetingEnded(at(time.Second)) }, at(3 * time.Second)},
		{"speaks again", call.Patience{}, func(w *call.Witness) { w.GreetingEnded(at(time.Second)); w.GreetingEnded(at(5 * time.Second)) }, at(3 * time.Second)},
		{"stricter", call.Patience{Limit: time.Second}, func(w *call.Witness) { w.GreetingEnded(at(time.Second)) }, at(2 * time.Second)},
		{"from the answer", call.Patience{FromAnswer: true}, func(w *call.Witness) { w.Spoke() }, at(2 * time.Second)},
	} {
		w := call.NewWitness(call.WitnessOptions{Agents: true, Patience: tt.patience})
		w.Answered(up)
		_, changed := w.Deadline()
		tt.happens(w)
		if got, _ := w.Deadline(); !got.Equal(tt.want) {
			t.Errorf("%s: the deadline is %v; want %v", tt.name, got, tt.want)
		}
		select {
		case <-changed:
		default:
			if tt.name != "says nothing" {
				t.Errorf("%s: nobody was told that the deadline may have changed", tt.name)
			}
		}
	}
}

// A call may come to the queue before this process has heard of the answer.
func TestWitnessOfNoAnswer(t *testing.T) {
	for _, p := range []call.Patience{{}, {FromAnswer: true}} {
		if until, _ := call.NewWitness(call.WitnessOptions{Agents: true, Patience: p}).Deadline(); !until.IsZero() {
			t.Errorf("%+v: the deadline is %v; want none before the answer", p, until)
		}
	}
}

func TestWitnessReception(t *testing.T) {
	up := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	var told []call.Sight
	w := call.NewWitness(call.WitnessOptions{Agents: true, Machine: campaigns.MachineHangUp, Told: func(s call.Sight) { told = append(told, s) }})
	w.Answered(up)
	w.Speaks(up) // no message: nobody was abandoned
	w.Is(campaigns.HumanParty)
	w.Is(campaigns.MachineParty)
	w.Offered("lina")
	w.Missed("lina")
	w.Abandoned(up.Add(2 * time.Second))
	w.Connected("wang", up.Add(3*time.Second))
	w.Speaks(up.Add(4 * time.Second))
	w.Speaks(up.Add(5 * time.Second))
	w.OptedOut()
	want := campaigns.Reception{
		Party: campaigns.HumanParty, AbandonedAt: up.Add(2 * time.Second), ConnectedAt: up.Add(3 * time.Second),
		MessageAt: up.Add(4 * time.Second), OptedOut: true,
	}
	if got := w.Reception(); got != want {
		t.Errorf("Reception = %+v; want %+v", got, want)
	}
	moments := []call.Moment{call.Known, call.Taken, call.Untaken, call.Abandoned, call.Taken}
	for i, m := range moments {
		if i >= len(told) || told[i].Moment != m {
			t.Fatalf("told %+v; want %v", told, moments)
		}
	}
	if w.Awaits() {
		t.Error("it still awaits an agent")
	}
}

// Where nobody asks for machines nobody is taken for one, and nil is nobody.
func TestWitnessAsksNobody(t *testing.T) {
	w := call.NewWitness(call.WitnessOptions{Agents: true})
	if w.Is(campaigns.MachineParty); w.Reception().Party != "" {
		t.Errorf("the callee is %q; want nobody's guess", w.Reception().Party)
	}
	var none *call.Witness
	none.Answered(time.Now())
	none.Is(campaigns.HumanParty)
	none.Connected("lina", time.Now())
	if none.Listens() || none.Awaits() || none.Reception() != (campaigns.Reception{}) || none.Machine() != campaigns.MachineOff {
		t.Error("a witness that is not there has seen something")
	}
}
