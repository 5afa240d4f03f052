package sip_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/phone"
	"careline/sip"
)

// examined is what an examination of a trunk at the carrier finds, by step.
func examined(t *testing.T, carrier *farEnd, trunk sip.Trunk, number phone.Number) map[string]sip.Finding {
	t.Helper()
	trunk.Name, trunk.Allow, trunk.MaxCalls, trunk.Options = "east", phone.Prefixes{"+86"}, 1, -1
	if trunk.Address == "" {
		trunk.Address = carrier.addr
	}
	h := newHouse(t, func(o *sip.Options) {
		placed := trunk
		placed.Register = false
		o.Trunks = []sip.Trunk{placed}
	})
	found := make(map[string]sip.Finding)
	err := h.Examine(t.Context(), sip.Examination{Trunk: trunk, Number: number, CallerID: "10086", Talk: 300 * time.Millisecond, Patience: time.Second, Port: 5060}, func(f sip.Finding) {
		if old, twice := found[f.Step]; !twice || old.Mark != sip.Bad {
			found[f.Step] = f
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func finds(t *testing.T, found map[string]sip.Finding, step string, mark sip.Mark, words ...string) {
	t.Helper()
	f, ok := found[step]
	lacks := func(w string) bool { return !strings.Contains(f.Text+" → "+f.Advice, w) }
	if !ok || f.Mark != mark || slices.ContainsFunc(words, lacks) {
		t.Errorf("%s: %s %s → %s; want %s with %q", step, f.Mark, f.Text, f.Advice, mark, words)
	}
}

func TestExamineATrunkThatIsWell(t *testing.T) {
	t.Parallel()
	seen := make(chan *sipmsg.Request, 4)
	carrier := newFarEnd(t)
	carrier.registers(registrar("letmein", seen))
	carrier.script(func(c *farCall) {
		go func() {
			<-c.acked
			c.sound.speak(t.Context(), noise(1, time.Second).PCM())
		}()
		c.pickUp()
	})
	found := examined(t, carrier, sip.Trunk{Register: true, Username: "acme", Password: "letmein"}, somebody)
	finds(t, found, "dns", sip.Good, carrier.addr)
	finds(t, found, "options", sip.Good, "200 OK")
	finds(t, found, "address", sip.Good, "127.0.0.1")
	finds(t, found, "registration", sip.Good, "user acme and the password are right", "no registration")
	finds(t, found, "numbers", sip.Note)
	finds(t, found, "call", sip.Good, "answered")
	finds(t, found, "sound", sip.Good, "both ways")
	if req := next(t, "REGISTER", seen); req.Contact() != nil || req.GetHeader("Expires") != nil {
		t.Errorf("the test changes what is registered:\n%s", req)
	}
}

func TestExamineTellsWhatIsWrong(t *testing.T) {
	answer := func(code int, reason string) func(*sipmsg.Request) *sipmsg.Response {
		return func(req *sipmsg.Request) *sipmsg.Response {
			return sipmsg.NewResponseFromRequest(req, code, reason, nil)
		}
	}
	for _, tt := range []struct {
		name  string
		trunk sip.Trunk
		told  func(*farEnd)
		step  string
		words []string
	}{
		{"no such name", sip.Trunk{Address: "carrier.invalid"}, func(*farEnd) {}, "dns", []string{"carrier.invalid", "spelt"}},
		{"nothing listens", sip.Trunk{Address: "127.0.0.1:9", Transport: "tcp"}, func(*farEnd) {}, "port", []string{"cannot be reached", "takes tcp at that port"}},
		{"no answer", sip.Trunk{}, func(f *farEnd) { f.die() }, "options", []string{"no answer", "this test sends from port", "the service from 5060"}},
		{"out of service", sip.Trunk{}, func(f *farEnd) { f.says(answer(503, "Service Unavailable")) }, "options", []string{"503", "out of service"}},
		{"behind NAT", sip.Trunk{}, func(f *farEnd) {
			f.says(func(req *sipmsg.Request) *sipmsg.Response {
				res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
				res.Via().Params.Add("received", "203.0.113.9")
				return res
			})
		}, "address", []string{"sees us as 203.0.113.9", "behind NAT", "set sip.external: 203.0.113.9"}},
		{"wrong password", sip.Trunk{Register: true, Username: "acme", Password: "guess"}, func(f *farEnd) { f.registers(registrar("letmein", nil)) }, "registration", []string{"acme", "password"}},
		{"forbidden", sip.Trunk{Register: true, Username: "acme", Password: "letmein"}, func(f *farEnd) { f.registers(answer(403, "Forbidden")) }, "registration", []string{"403 Forbidden", "blocked"}},
		{"form of numbers", sip.Trunk{}, func(f *farEnd) { f.script(func(c *farCall) { c.say(484, "Address Incomplete", nil) }) }, "call", []string{"484", "see rewrite"}},
		{"codecs", sip.Trunk{}, func(f *farEnd) { f.script(func(c *farCall) { c.say(488, "Not Acceptable Here", nil) }) }, "call", []string{"488", "codecs"}},
		{"one-way sound", sip.Trunk{}, func(f *farEnd) { f.script((*farCall).pickUp) }, "sound", []string{"one-way", "none came back", "sip.rtp"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			carrier := newFarEnd(t)
			tt.told(carrier)
			found := examined(t, carrier, tt.trunk, somebody)
			finds(t, found, tt.step, sip.Bad, tt.words...)
			for step, f := range found {
				if strings.Contains(f.Text+f.Advice, "letmein") || strings.Contains(f.Text+f.Advice, "guess") {
					t.Errorf("%s shows the password: %s", step, f.Text)
				}
			}
		})
	}
}

func TestExamineCallsOnlyWhatIsPermitted(t *testing.T) {
	t.Parallel()
	carrier := newFarEnd(t).script(answers)
	found := examined(t, carrier, sip.Trunk{}, "+442079460000")
	finds(t, found, "numbers", sip.Bad, "not permitted by allow")
	if n := carrier.rang(); n != 0 {
		t.Errorf("%d calls", n)
	}
}
