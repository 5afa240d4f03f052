package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"careline/call"
	"careline/phone"
	"careline/store"
)

// spoken is what came of a call's conversation.
type spoken struct {
	Steps   int          `json:"steps,omitempty"` // that its flow has taken
	Ending  call.Ending  `json:"-"`               // the trace has it
	Answers []answerJSON `json:"answers,omitempty"`
	OptOuts []optOutJSON `json:"opt_outs,omitempty"`
}

type answerJSON struct {
	At       time.Time `json:"at"`
	Result   string    `json:"result"`
	Value    string    `json:"value"`
	Category string    `json:"category,omitempty"`
}

type optOutJSON struct {
	At       time.Time `json:"at"`
	Campaign string    `json:"campaign,omitempty"` // empty: of all calls
}

// spokenIn reads what came of a call's conversation; nothing where it had none.
func spokenIn(a *app, s *store.Store, t call.Trace) (v spoken, err error) {
	r, err := s.LoadCall(a.ctx, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Steps = r.Seq
	answers, err := s.AnswersIn(a.ctx, t.ID)
	if err != nil {
		return v, err
	}
	for _, n := range answers {
		v.Answers = append(v.Answers, answerJSON{At: n.At, Result: n.Result, Value: n.Value, Category: n.Category})
	}
	number := t.To
	if t.Direction == call.Inbound {
		number = t.From
	}
	refused, err := s.OptOutsIn(a.ctx, t.ID, phone.Number(number))
	for _, n := range refused {
		v.OptOuts = append(v.OptOuts, optOutJSON{At: n.At, Campaign: string(n.Campaign)})
	}
	return v, err
}

func (v spoken) print(w io.Writer) {
	if v.Steps == 0 {
		return
	}
	fmt.Fprintf(w, "Steps of the flow: %d.\n", v.Steps)
	line := func(at time.Time, text string) {
		fmt.Fprintf(w, "  %s  %s\n", at.Local().Format("15:04:05.000"), printable(text))
	}
	for _, n := range v.Answers {
		text := fmt.Sprintf("%s = %s", n.Result, n.Value)
		if n.Category != "" {
			text += " (" + n.Category + ")"
		}
		line(n.At, text)
	}
	for _, n := range v.OptOuts {
		text := "asked for no more calls"
		if n.Campaign != "" {
			text += " of this campaign"
		}
		line(n.At, text)
	}
}
