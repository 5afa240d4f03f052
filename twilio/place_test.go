package twilio_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/twilio"
)

const sid = "CA00000000000000000000000000000001"

func TestPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		var stages []call.Progress
		done := r.place(t.Context(), order(&stages))
		synctest.Wait()
		r.status(sid, "initiated")
		time.Sleep(2 * time.Second)
		r.status(sid, "ringing")
		time.Sleep(5 * time.Second)
		r.status(sid, "in-progress")
		got := <-done
		if got.err != nil {
			t.Fatalf("Place = %v", got.err)
		}
		want := []call.Stage{call.Sent, call.Ringing, call.Up}
		if diff := cmp.Diff(want, names(stages)); diff != "" {
			t.Errorf("stages (-want +got):\n%s", diff)
		}
		if leg := stages[2].Leg; leg.Carrier != twilio.Name || leg.CallID != sid || leg.Target != string(theirs) {
			t.Errorf("the leg is %+v", leg)
		}
		if calls := r.carrier.Trunks()[0].Calls; calls != 1 {
			t.Errorf("%d calls; want 1", calls)
		}
		over := make(chan error, 1)
		go func() { over <- got.line.(call.Hosted).Wait(t.Context()) }()
		time.Sleep(30 * time.Second)
		_ = r.desk.Open(t.Context(), call.Record{Info: call.Info{ID: attempt}})
		r.status(sid, "completed", "CallDuration", "30")
		if err := <-over; err != nil {
			t.Errorf("Wait = %v", err)
		}
		if e := r.desk.ending(attempt); e != call.ByCaller {
			t.Errorf("the call was closed as %q", e)
		}
		if calls := r.carrier.Trunks()[0].Calls; calls != 0 {
			t.Errorf("%d calls; want none", calls)
		}
	})
}

func names(stages []call.Progress) (all []call.Stage) {
	for _, s := range stages {
		all = append(all, s.Stage)
	}
	return all
}

func TestPlaceAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *twilio.Options) { o.Trunks[0].TimeLimit = 20 * time.Minute })
		ctx, cancel := context.WithCancel(t.Context())
		done := r.place(ctx, order(nil))
		synctest.Wait()
		base := public + "/twilio/us/calls/" + attempt
		want := url.Values{
			"To": {string(theirs)}, "From": {string(ours)}, "Url": {base + "/answer?machine=off"}, "Method": {"POST"},
			"FallbackUrl": {base + "/fallback?machine=off"}, "FallbackMethod": {"POST"},
			"StatusCallback": {base + "/status?machine=off"}, "StatusCallbackMethod": {"POST"},
			"StatusCallbackEvent": {"initiated", "ringing", "answered", "completed"},
			"Timeout":             {"25"}, "TimeLimit": {"1200"},
		}
		if diff := cmp.Diff([]url.Values{want}, r.api.placed()); diff != "" {
			t.Errorf("asked for (-want +got):\n%s", diff)
		}
		cancel()
		<-done
	})
}

func TestPlaceDetects(t *testing.T) {
	for _, tt := range []struct {
		name    string
		machine campaigns.Machine
		d       twilio.Detecting
		want    url.Values
	}{
		{"off", campaigns.MachineOff, twilio.Detecting{}, url.Values{}},
		{"hangs up", campaigns.MachineHangUp, twilio.Detecting{}, url.Values{"MachineDetection": {"Enable"}}},
		{"tells the flow", campaigns.MachineFlow, twilio.Detecting{}, url.Values{"MachineDetection": {"DetectMessageEnd"}}},
		{
			"as configured", campaigns.MachineFlow,
			twilio.Detecting{
				Way: twilio.DetectAsync, Timeout: 20 * time.Second, Speech: 2 * time.Second, SpeechEnd: 800 * time.Millisecond, Silence: 4 * time.Second,
			},
			url.Values{
				"MachineDetection": {"DetectMessageEnd"}, "AsyncAmd": {"true"}, "AsyncAmdStatusCallbackMethod": {"POST"},
				"AsyncAmdStatusCallback":  {public + "/twilio/us/calls/" + attempt + "/amd?machine=flow"},
				"MachineDetectionTimeout": {"20"}, "MachineDetectionSpeechThreshold": {"2000"},
				"MachineDetectionSpeechEndThreshold": {"800"}, "MachineDetectionSilenceTimeout": {"4000"},
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(o *twilio.Options) { o.Trunks[0].Detecting = tt.d })
				o := order(nil)
				o.Info.Witness = call.NewWitness(call.WitnessOptions{Machine: tt.machine, Agents: true})
				ctx, cancel := context.WithCancel(t.Context())
				done := r.place(ctx, o)
				synctest.Wait()
				got := url.Values{}
				for k, v := range r.api.placed()[0] {
					if strings.Contains(k, "Machine") || strings.Contains(k, "Amd") {
						got[k] = v
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("asked for (-want +got):\n%s", diff)
				}
				cancel()
				<-done
			})
		})
	}
}

// What Twilio says of a call that nobody has answered, and what that means.
func TestPlaceUnanswered(t *testing.T) {
	for _, tt := range []struct {
		status, sip string
		rang        bool
		want        campaigns.Disposition
		again       bool // by another trunk
	}{
		{"busy", "486", false, campaigns.Busy, false},
		{"busy", "", false, campaigns.Busy, false},
		{"no-answer", "487", true, campaigns.NoAnswer, false},
		{"no-answer", "", false, campaigns.NoAnswer, false},
		{"failed", "404", false, campaigns.InvalidNumber, false},
		{"failed", "484", false, campaigns.InvalidNumber, false},
		{"failed", "603", false, campaigns.Refused, false},
		{"failed", "480", false, campaigns.NoAnswer, false},
		{"failed", "502", false, campaigns.Unreachable, false},
		{"failed", "503", false, campaigns.Congestion, true},
		{"failed", "503", true, campaigns.Congestion, false},
		{"failed", "488", false, campaigns.Failure, true},
		{"failed", "", false, campaigns.Failure, false},
		{"canceled", "487", true, campaigns.Cancelled, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			done := r.place(t.Context(), order(nil))
			synctest.Wait()
			r.status(sid, "initiated")
			if tt.rang {
				r.status(sid, "ringing")
			}
			r.status(sid, tt.status, "SipResponseCode", tt.sip)
			f := failed(t, <-done)
			if f.Disposition != tt.want || f.MayFailOver() != tt.again || !f.Sent || f.Rang && !tt.rang && tt.again {
				t.Errorf("%s %s, rang %v: %+v, fails over %v; want %s, %v", tt.status, tt.sip, tt.rang, f, f.MayFailOver(), tt.want, tt.again)
			}
		})
	}
}

// A request that Twilio has surely refused ends the attempt at once.
func TestPlaceRefused(t *testing.T) {
	for _, tt := range []struct {
		status, code int
		want         campaigns.Disposition
		again        bool // by another trunk
		rests        bool // the trunk, of itself; the plan slows it besides
	}{
		{400, 21211, campaigns.InvalidNumber, false, false},
		{400, 21217, campaigns.InvalidNumber, false, false},
		{400, 21214, campaigns.Unreachable, false, false},
		{400, 21210, campaigns.Failure, true, false},
		{400, 21215, campaigns.Failure, true, false},
		{400, 10004, campaigns.Congestion, true, false},
		{401, 20003, campaigns.Failure, true, true},
		{403, 20403, campaigns.Failure, true, true},
		{429, 20429, campaigns.Congestion, true, false},
		{503, 20503, campaigns.Congestion, true, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			r.api.create = func(w http.ResponseWriter, _ string) {
				w.Header().Set("Retry-After", "7")
				refuse(w, tt.status, tt.code, "The 'To' number +14155550199 is not to be called.")
			}
			f := failed(t, <-r.place(t.Context(), order(nil)))
			if f.Disposition != tt.want || f.MayFailOver() != tt.again || !f.Sent || f.Rang || f.Evidence.Status != tt.status {
				t.Errorf("%d %d: %+v, fails over %v; want %s, %v", tt.status, tt.code, f, f.MayFailOver(), tt.want, tt.again)
			}
			if f.Evidence.RetryAfter != 7 || strings.Contains(f.Evidence.Text, string(theirs)) {
				t.Errorf("%d %d: evidence is %+v", tt.status, tt.code, f.Evidence)
			}
			if up := r.carrier.Trunks()[0].Up; up == tt.rests {
				t.Errorf("%d %d: the trunk is up: %v", tt.status, tt.code, up)
			}
			if n := len(r.api.placed()); n != 1 {
				t.Errorf("%d %d: asked %d times", tt.status, tt.code, n)
			}
		})
	}
}

// Of a call of which nothing was sent another trunk may be tried.
func TestPlaceUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		_ = r.pipes.Close()
		f := failed(t, <-r.place(t.Context(), order(nil)))
		if f.Disposition != campaigns.NotPlaced || f.Sent || !f.MayFailOver() {
			t.Errorf("failure is %+v; want it not placed", f)
		}
		if s := r.carrier.Trunks()[0]; s.Up || !strings.Contains(s.Why, "refused") {
			t.Errorf("the trunk stands as %+v; want it down", s)
		}
		if f := failed(t, <-r.place(t.Context(), order(nil))); !strings.Contains(f.Evidence.Text, "trunk us: ") {
			t.Errorf("while the trunk rests: %+v", f)
		}
		time.Sleep(time.Second)
		if s := r.carrier.Trunks()[0]; !s.Up {
			t.Errorf("the trunk stands as %+v; want it up again", s)
		}
	})
}

func TestPlaceNot(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(o *call.Order)
		want string
	}{
		{"trunk", func(o *call.Order) { o.Trunk = "eu" }, `trunk "eu" is not configured`},
		{"id", func(o *call.Order) { o.ID = "" }, "needs an id"},
		{"short code", func(o *call.Order) { o.Number = "10086" }, "country code"},
		{"destination", func(o *call.Order) { o.Number = "+442071838750" }, "does not permit the destination"},
		{"caller id", func(o *call.Order) { o.CallerID = "+14155550111" }, "no such number to show"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			o := order(nil)
			tt.set(&o)
			f := failed(t, <-r.place(t.Context(), o))
			if f.Disposition != campaigns.NotPlaced || f.Sent || !strings.Contains(f.Evidence.Text, tt.want) || len(r.api.placed()) != 0 {
				t.Errorf("%s: %+v; want %q and nothing sent", tt.name, f, tt.want)
			}
		})
	}
}

// Nothing that is printed or logged holds a secret, or a telephone number.
func TestSecrecy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.api.create = func(w http.ResponseWriter, _ string) { refuse(w, 500, 20500, "number +14155550199 of "+token+"?") }
		done := r.place(t.Context(), order(nil))
		time.Sleep(11 * time.Minute)
		<-done
		for _, secret := range []string{string(theirs), string(theirs[1:])} {
			if strings.Contains(r.log.String(), secret) {
				t.Errorf("the log holds %s:\n%s", secret, r.log)
			}
		}
	})
	if s := usual(); strings.Contains(s.String()+s.GoString()+s.LogValue().String(), token) {
		t.Errorf("a trunk shows its token: %v", s)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(o *twilio.Options)
		want string
	}{
		{"name", func(o *twilio.Options) { o.Trunks[0].Name = "a b" }, `trunk "a b": a name`},
		{"account", func(o *twilio.Options) { o.Trunks[0].AccountSID = "AC1" }, "account SID"},
		{"token", func(o *twilio.Options) { o.Trunks[0].Token = "" }, "auth token"},
		{"key", func(o *twilio.Options) { o.Trunks[0].APIKey = "SK" + account[2:] }, "belong together"},
		{"timeout", func(o *twilio.Options) { o.Trunks[0].Detecting.Timeout = time.Minute }, "timeout of 1m0s"},
		{"limit", func(o *twilio.Options) { o.Trunks[0].TimeLimit = time.Second }, "time limit"},
		{"public", func(o *twilio.Options) { o.Public = "careline.example.com" }, "public URL"},
		{"host", func(o *twilio.Options) { o.Public = "https://care_line.example.com" }, "underscore"},
		{"rate", func(o *twilio.Options) { o.Trunks[0].CallsPerSecond = 2 }, "2 calls per second together"},
		{"rates", func(o *twilio.Options) {
			second := usual()
			second.Name = "second"
			o.Trunks = append(o.Trunks, second)
		}, "2 calls per second together, and the account 1"},
		{"twice", func(o *twilio.Options) { o.Trunks = append(o.Trunks, usual()) }, "two trunks"},
	} {
		o := twilio.Options{Public: public, Trunks: []twilio.Trunk{usual()}}
		tt.set(&o)
		if _, err := twilio.New(o); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: New = %v; want %q", tt.name, err, tt.want)
		}
	}
	o := twilio.Options{Public: public, Trunks: []twilio.Trunk{usual()}}
	o.Trunks[0].Allow = phone.Prefixes{"x"}
	if _, err := twilio.New(o); err == nil {
		t.Error("New took a destination that is none")
	}
}
