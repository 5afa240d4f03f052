package twilio_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"careline/phone"
	"careline/twilio"
)

// lab is a Carrier with its webhooks and what stands for Twilio's API, on
// sockets.
type lab struct {
	api     *office
	carrier *twilio.Carrier
	public  string
	replies map[string]any // of the API, by the path's end
	date    time.Duration  // that the API's clock is off
}

func newLab(t *testing.T, set func(o *twilio.Options)) *lab {
	t.Helper()
	l := &lab{api: newOffice(), replies: map[string]any{
		account + ".json":           map[string]any{"sid": account, "status": "active", "type": "Full", "auth_token": token},
		"IncomingPhoneNumbers.json": map[string]any{"incoming_phone_numbers": []any{}},
		"OutgoingCallerIds.json":    map[string]any{"outgoing_caller_ids": []any{}},
	}}
	l.api.other = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(l.date).UTC().Format(http.TimeFormat))
		answer(w, http.StatusOK, l.replies[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]])
	})
	rest := httptest.NewServer(l.api)
	t.Cleanup(rest.Close)
	hooks := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.carrier.Handler().ServeHTTP(w, r) }))
	hooks.Start()
	t.Cleanup(hooks.Close)
	l.public = hooks.URL
	o := twilio.Options{Public: l.public, API: rest.URL, Trunks: []twilio.Trunk{usual()}}
	if set != nil {
		set(&o)
	}
	c, err := twilio.New(o)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	l.carrier = c
	return l
}

// number is a number of the account whose calls lead here.
func (l *lab) number(kv ...string) {
	n := map[string]any{
		"phone_number": string(ours), "voice_url": l.public + "/twilio/us/voice", "voice_method": "POST",
		"status_callback": l.public + "/twilio/us/voice/status",
	}
	for i := 0; i < len(kv); i += 2 {
		n[kv[i]] = kv[i+1]
	}
	l.replies["IncomingPhoneNumbers.json"] = map[string]any{"incoming_phone_numbers": []any{n}}
}

// problems are the findings that something is wrong.
func problems(all []twilio.Finding) (bad, warned []string) {
	for _, f := range all {
		switch {
		case f.Problem == "":
		case f.Warning:
			warned = append(warned, f.What+": "+f.Problem)
		default:
			bad = append(bad, f.What+": "+f.Problem)
		}
	}
	return bad, warned
}

func TestTest(t *testing.T) {
	for _, tt := range []struct {
		name         string
		set          func(o *twilio.Options)
		change       func(l *lab)
		bad, warning string // what is found besides that the URL is not encrypted
	}{
		{"all is well", nil, func(l *lab) { l.number() }, "", ""},
		{"token", func(o *twilio.Options) { o.Trunks[0].Token = "wrong" }, func(*lab) {}, "do not belong together", ""},
		{"API key", func(o *twilio.Options) {
			o.Trunks[0].APIKey, o.Trunks[0].APISecret = key, "secret"
		}, func(l *lab) { l.number() }, "", ""},
		{"wrong API key", func(o *twilio.Options) {
			o.Trunks[0].APIKey, o.Trunks[0].APISecret = key, "other"
		}, func(l *lab) { l.number() }, "does not open the account's calls", ""},
		{"second token", nil, func(l *lab) {
			l.number()
			l.replies[account+".json"] = map[string]any{"status": "active", "auth_token": "other"}
		}, "not the primary one", ""},
		{"suspended", nil, func(l *lab) {
			l.number()
			l.replies[account+".json"] = map[string]any{"status": "suspended"}
		}, "not active", ""},
		{"trial", nil, func(l *lab) {
			l.number()
			l.replies[account+".json"] = map[string]any{"status": "active", "type": "Trial"}
		}, "", "trial account"},
		{"foreign number", nil, func(*lab) {}, "21210", ""},
		{"a longer number", nil, func(l *lab) { l.number("phone_number", string(ours)+"0") }, "21210", ""},
		{"verified", nil, func(l *lab) {
			l.replies["OutgoingCallerIds.json"] = map[string]any{"outgoing_caller_ids": []any{map[string]any{"phone_number": string(ours)}}}
		}, "", ""},
		{"leads elsewhere", nil, func(l *lab) { l.number("voice_url", "https://demo.twilio.com/welcome") }, "", `calls to it go to "https://demo.twilio.com/welcome"`},
		{"leads nowhere", nil, func(l *lab) { l.number("voice_url", "") }, "", "calls to it lead nowhere"},
		{"called and not shown", func(o *twilio.Options) {
			o.Trunks[0].Numbers, o.Trunks[0].Called = []phone.Number{theirs}, []phone.Number{ours, "+442079460999"}
		}, func(l *lab) { l.number("voice_url", "") }, "21210", "number " + string(ours) + " of the account: calls to it lead nowhere"},
		{"application", nil, func(l *lab) { l.number("voice_application_sid", "AP1") }, "", "application AP1"},
		{"by GET", nil, func(l *lab) { l.number("voice_method", "GET") }, "", "asked by GET"},
		{"end not told", nil, func(l *lab) { l.number("status_callback", "") }, "", "set its status callback"},
		{"no numbers", func(o *twilio.Options) { o.Trunks[0].Numbers = nil }, func(*lab) {}, "none is configured", ""},
		{"clock", nil, func(l *lab) {
			l.number()
			l.date = time.Minute
		}, "", "set by NTP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, tt.set)
			tt.change(l)
			bad, warned := problems(l.carrier.Test(t.Context(), "us"))
			if got := strings.Join(bad, "\n"); (got == "") != (tt.bad == "") || !strings.Contains(got, tt.bad) {
				t.Errorf("found %q; want %q", got, tt.bad)
			}
			if len(warned) == 0 || !strings.Contains(warned[len(warned)-1], "Use https") {
				t.Fatalf("warnings are %q; want that the URL is not encrypted", warned)
			}
			if got := strings.Join(warned[:len(warned)-1], "\n"); (got == "") != (tt.warning == "") || !strings.Contains(got, tt.warning) {
				t.Errorf("warned %q; want %q", got, tt.warning)
			}
		})
	}
}

// The public URL must lead to a careline that has the trunk's token.
func TestTestPublic(t *testing.T) {
	stranger := newLab(t, func(o *twilio.Options) { o.Trunks[0].Token = "ffffffffffffffffffffffffffffffff" })
	for _, tt := range []struct {
		name string
		h    http.Handler
		want string
	}{
		{"nothing there", http.NotFoundHandler(), "the answer is 404"},
		{"a redirect", http.RedirectHandler("https://elsewhere.example.com/", http.StatusMovedPermanently), "the answer is 301"},
		{"a friendly page", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }), "something else"},
		{"another careline", stranger.carrier.Handler(), "takes the signature for a false one"},
		{"nobody", nil, "it is not reached"},
	} {
		before := httptest.NewServer(tt.h)
		if tt.h == nil {
			before.Close()
		}
		l := newLab(t, func(o *twilio.Options) { o.Public, o.Trunks[0].Numbers = before.URL, []phone.Number{ours} })
		l.public = before.URL
		l.number()
		bad, _ := problems(l.carrier.Test(t.Context(), "us"))
		if got := strings.Join(bad, "\n"); len(bad) != 1 || !strings.Contains(got, tt.want) || strings.Contains(got, token) {
			t.Errorf("%s: found %q; want %q", tt.name, got, tt.want)
		}
		before.Close()
	}
}

// A probe that nobody has signed is refused, as is one of another account.
func TestProbeUnsigned(t *testing.T) {
	l := newLab(t, nil)
	res, err := http.PostForm(l.public+"/twilio/us/probe", map[string][]string{"AccountSid": {account}, "Nonce": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("an unsigned probe was answered %d", res.StatusCode)
	}
}
