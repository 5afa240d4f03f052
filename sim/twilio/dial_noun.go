package twin

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// noun is somebody whom Dial calls.
type noun struct {
	n    *node
	c    *call
	sip  bool
	stop context.CancelCauseFunc
}

// nouns are those of a Dial, each as a call that is not dialed yet.
func (s scene) nouns(n *node) ([]*noun, bool) {
	kids := n.kids
	if len(kids) == 0 {
		kids = []*node{{name: "Number", text: n.text}}
	}
	var list []*noun
	for _, kid := range kids {
		one, ok := s.noun(n, kid)
		if !ok {
			return nil, false
		}
		list = append(list, one)
	}
	return list, len(list) > 0
}

// noun makes the call of one noun.
func (s scene) noun(n, kid *node) (*noun, bool) {
	c := &call{acc: s.c.acc, Call: Call{Parent: s.c.SID, Direction: "outbound-dial", From: n.or("callerId", s.c.From), To: kid.text, Status: "queued"}}
	one := &noun{n: kid, c: c, sip: kid.name == "Sip"}
	c.limit = time.Duration(n.number("timeLimit", bound("call"))) * time.Second
	c.ring = time.Hour // the Dial's own time-out is what counts
	if one.sip {
		d, ok := s.address(kid)
		if !ok {
			return nil, false
		}
		c.dialing, c.To = d, d.To
	} else if !s.mayDial(n, kid, c) {
		return nil, false
	}
	if to := kid.attrs["statusCallback"]; to != "" {
		address, err := resolve(s.d.url, to)
		if err != nil {
			s.t.violateIn(s.c, s.d, mistake(11100), "%s has statusCallback %q: %v", kid.name, to, err)
			return nil, false
		}
		c.watch = watch{address, kid.or("statusCallbackMethod", http.MethodPost), strings.Fields(kid.or("statusCallbackEvent", "completed"))}
	}
	s.nounDetection(kid, c)
	s.t.mu.Lock()
	s.t.enter(c)
	s.t.mu.Unlock()
	return one, true
}

// mayDial checks who is called as a number, and what they are shown.
func (s scene) mayDial(n, kid *node, c *call) bool {
	c.dialing.To = kid.text
	switch shown := n.attrs["callerId"]; {
	case !isE164(kid.text):
		s.t.violateIn(s.c, s.d, mistake(13223), "%s is no number in E.164", kid.text)
	case shown != "" && shown != s.c.From && !c.acc.mayShow(shown):
		s.t.violateIn(s.c, s.d, mistake(13214), "callerId %s is neither a number of the account nor a verified one", shown)
	default:
		return true
	}
	return false
}

// nounDetection reads what machine detection shall do on a leg: it never makes
// the leg wait.
func (s scene) nounDetection(kid *node, c *call) {
	if kid.attrs["machineDetection"] == "" {
		return
	}
	c.amd = detection{
		mode: kid.attrs["machineDetection"], async: true, method: kid.or("amdStatusCallbackMethod", http.MethodPost),
		limit: time.Duration(kid.number("machineDetectionTimeout", 30)) * time.Second,
	}
	if to := kid.attrs["amdStatusCallback"]; to != "" {
		c.amd.url, _ = resolve(s.d.url, to)
	}
}
