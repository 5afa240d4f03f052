package twilio

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// machineParam is the parameter of a placed call's URLs that says what becomes of
// it when a machine answers, as a campaigns.Machine: the node that is asked need
// not know the campaign.
const machineParam = "machine"

// machineOf is what becomes of the call when a machine has answered.
func machineOf(r *request) campaigns.Machine { return campaigns.Machine(r.query.Get(machineParam)) }

// verdict is what follows from who has answered.
type verdict int

const (
	goOn     verdict = iota
	tellFlow         // that a machine has answered
	hangUp
)

// becomes is what follows from Twilio's word for who has answered. The flow hears
// of a machine once its greeting is over, which Twilio has waited for; a fax
// hears nothing.
func becomes(by string, m campaigns.Machine) verdict {
	machine := answererOf(by) == campaigns.MachineParty
	switch {
	case !machine || m != campaigns.MachineHangUp && m != campaigns.MachineFlow:
		return goOn
	case m == campaigns.MachineHangUp || by == "fax":
		return hangUp
	default:
		return tellFlow
	}
}

// answererOf is who has answered; empty where Twilio does not know.
func answererOf(by string) campaigns.Party {
	switch {
	case by == "human":
		return campaigns.HumanParty
	case by == "fax", strings.HasPrefix(by, "machine_"):
		return campaigns.MachineParty
	default:
		return ""
	}
}

// saw tells the witness of a call, where this process has it, who has answered.
func (c *Carrier) saw(id, by string, now time.Time) { saw(c.witness(id), by, now) }

// saw tells a witness who has answered. Twilio's verdict comes when the first
// words are over.
func saw(w *call.Witness, by string, now time.Time) {
	party := answererOf(by)
	if w == nil || party == "" {
		return
	}
	w.Is(party)
	if by != "machine_start" && by != "fax" {
		w.GreetingEnded(now)
	}
}

// detected takes who has answered a call whose flow has begun meanwhile. Twilio
// makes nothing of the answer: the call is given another document, or ended, by
// the API.
func (c *Carrier) detected(ctx context.Context, r *request) reply {
	by, now := r.get("AnsweredBy"), time.Now()
	known, err := c.opt.Book.Facts(ctx, []string{r.id})
	if err != nil {
		r.log.Error("who has answered is not noted", "err", err)
		return status(http.StatusServiceUnavailable, "not noted")
	}
	if len(known) > 0 && (known[0].AnsweredBy != "" || known[0].Phase == call.Over) {
		return status(http.StatusNoContent, "") // a repeated one, or too late
	}
	c.saw(r.id, by, now)
	if err = c.act(ctx, r, becomes(by, machineOf(r)), now); err == nil {
		_, err = c.told(ctx, call.Fact{ID: r.id, Trunk: r.t.Name, Name: r.sid, Phase: call.Talking, AnsweredAt: now, AnsweredBy: by})
	}
	if err != nil {
		r.log.Error("machine not dealt with", "answered_by", by, "err", err)
		return status(http.StatusServiceUnavailable, "not dealt with")
	}
	return status(http.StatusNoContent, "")
}

// act does what follows from who has answered.
func (c *Carrier) act(ctx context.Context, r *request, v verdict, now time.Time) error {
	switch v {
	case hangUp:
		if err := c.opt.Desk.Close(ctx, r.id, call.ByService, now); err != nil && !errors.Is(err, call.ErrNoCall) {
			return err
		}
		return c.hangup(ctx, r.t.Name, r.sid)
	case tellFlow:
		rec, err := c.opt.Desk.Move(ctx, r.id, -1, ivr.Event{})
		if err == nil && rec.Ending == "" {
			rec, err = c.moved(ctx, r.id, rec.Seq, ivr.Event{Kind: ivr.Machine, At: now})
		}
		if errors.Is(err, call.ErrOver) || err == nil && rec.Ending != "" {
			return nil
		}
		if err != nil {
			return err
		}
		return c.update(ctx, r.t.Name, r.sid, c.stepURL(r.t, rec, rec.Seq, kindNow))
	case goOn:
	}
	return nil
}
