package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"careline/audio"
	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/sip/session"
)

// codecs says what is offered.
func (x *examiner) codecs() {
	names := make([]string, 0, len(x.t.Codecs))
	for _, c := range x.t.Codecs {
		names = append(names, c.String())
	}
	if len(names) == 0 {
		names = []string{"PCMA", "PCMU"}
	}
	x.say("codecs", Note, "", "offered, in this order: %s", strings.Join(names, ", "))
}

// numbers shows how a number is written for the carrier.
func (x *examiner) numbers() {
	n := x.e.Number
	if n == "" {
		n = sample(x.t.Allow)
	}
	switch {
	case len(x.t.Allow) == 0:
		x.say("numbers", Bad, `list the destinations, as in allow: ["+44"]`, "the trunk permits no destination at all")
		return
	case n == "":
		x.say("numbers", Skipped, "", "no number was given to show how it is written")
		return
	case !x.t.Allow.Permit(n):
		x.say("numbers", Bad, "add its prefix to allow, if it shall be called", "%s is not permitted by allow", string(n))
		return
	}
	x.say("numbers", Note, "", "%s is called as %s", string(n), x.t.target(n))
	if x.e.CallerID != "" {
		x.say("numbers", Note, "", "%s is shown as %s", string(x.e.CallerID), x.t.from(call.Order{CallerID: x.e.CallerID}).User)
	}
}

// sample is a number that an allow-list permits, as far as its length goes.
func sample(allow phone.Prefixes) phone.Number {
	for _, entry := range allow {
		if n := phone.Number(strings.TrimSuffix(entry, "*")); n != "" && n[0] != '!' {
			if n[0] == '+' && len(n) < 13 {
				n += phone.Number("2079460000"[:min(13-len(n), 10)])
			}
			if allow.Permit(n) {
				return n
			}
		}
	}
	return ""
}

// call places one call, talks for a while, and counts the packets of both ways.
func (x *examiner) call(ctx context.Context) {
	if x.e.Number == "" {
		x.say("call", Skipped, "", "no number was given to call")
		return
	}
	if !x.t.Allow.Permit(x.e.Number) {
		return // numbers has said so
	}
	began := time.Now()
	placed, err := x.d.Place(ctx, call.Order{Number: x.e.Number, Trunk: x.t.Name, CallerID: x.e.CallerID, Ring: 45 * time.Second})
	if err != nil {
		x.unanswered(err)
		return
	}
	line := placed.(*Line) //nolint:forcetypeassert // it is one of ours
	x.say("call", Good, "", "answered after %v", time.Since(began).Round(time.Millisecond))
	line.sess.Loop(audio.NewClip(audio.Tone{Hz: []float64{440}, Level: -20}.PCM(time.Second)))
	select {
	case <-line.Done():
	case <-time.After(x.e.Talk):
	case <-ctx.Done():
	}
	s := line.sess.Stats()
	over := line.isOver()
	line.Hangup(context.WithoutCancel(ctx))
	x.sound(s, over)
}

func (x *examiner) unanswered(err error) {
	f := &call.Failure{}
	if !errors.As(err, &f) {
		x.say("call", Bad, "", "not placed: %v", err)
		return
	}
	text := fmt.Sprintf("not answered: %s", f.Disposition)
	if f.Evidence.Status != 0 {
		text += fmt.Sprintf(", %d", f.Evidence.Status)
	}
	if f.Evidence.Cause != 0 {
		text += fmt.Sprintf(", Q.850 cause %d", f.Evidence.Cause)
	}
	x.say("call", Bad, x.remedy(f), "%s %s", text, f.Evidence.Text)
}

// remedy is what to do about a call that was not answered.
func (x *examiner) remedy(f *call.Failure) string {
	switch {
	case f.Evidence.Status == 401 || f.Evidence.Status == 407:
		return "the carrier asks for a password that we do not have, or that is wrong: see username and password"
	case f.Evidence.Status == 403:
		return "the carrier forbids the call: it may want another caller id, another form of numbers (see rewrite), our address permitted, or credit"
	case f.Evidence.Status == 404 || f.Evidence.Status == 484:
		return "the carrier does not know the number in this form: see rewrite"
	case f.Evidence.Status == 488 || f.Evidence.Status == 415 || f.Evidence.Status == 606:
		return "the carrier takes none of our codecs, or wants encryption: see codecs"
	case f.Evidence.Status >= 500:
		return "the carrier has no room or is out of order; try again, then ask it"
	case f.Disposition == campaigns.NotKnown:
		return x.silence()
	default:
		return ""
	}
}

// sound says how the sound of the call was.
func (x *examiner) sound(s session.Stats, over bool) {
	switch {
	case s.Received == 0 && s.Sent > 0:
		x.say("sound", Bad, "let UDP in at the ports of sip.rtp; behind NAT set sip.external and have the router pass these ports on",
			"one-way: %d packets left, none came back", s.Sent)
	case s.Sent == 0:
		x.say("sound", Bad, "the far end gave no address to send sound to, or hung up at once", "none was sent; %d packets came", s.Received)
	case s.Lost*50 > s.Received:
		x.say("sound", Note, "more than 2 % are lost: look at the network", "%d packets left, %d came, %d were lost on the way, jitter %v", s.Sent, s.Received, s.Lost, s.Jitter.Round(time.Millisecond/10))
	default:
		x.say("sound", Good, "", "both ways: %d packets left, %d came, %d were lost, jitter %v", s.Sent, s.Received, s.Lost, s.Jitter.Round(time.Millisecond/10))
	}
	if over {
		x.say("sound", Note, "", "the far end hung up before the test was through")
	}
}
