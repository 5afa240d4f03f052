package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	twin "careline/sim/twilio"
	"careline/store/storetest"
)

// A service whose calls live at Twilio, and that is killed again and again, places
// none of them twice, and loses no answer that it has taken. The judge is the
// twin of Twilio, which lives on in another process.
func TestCrashTwilio(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTwinWorld(t, database(t), twinPeople)
			kills := w.killAll(drawTwinMoments(w.seed, crashKills))
			w.finish(w.serve())
			(&twinJudge{crashJudge: &crashJudge{crashWorld: w.crashWorld, end: w.rows()}, world: w, kills: kills}).judge()
		})
	}
}

// twinPeople are enough for all kills, on a machine that has much else to do as well.
const twinPeople = 220

// twinFinish is how long the rest of the list may take, on a machine that has much
// else to do.
const twinFinish = 2 * crashFinish

const twinConfig = `
node: crash
database: %q
journal: crash.journal
region: GB
zone: Europe/London
flows: [flows]
prompts: [prompts]
sip: {listen: %q, rtp: 22000-22999}
webhooks: {listen: %q, public_url: %q, proof: 4s, quiet: 2s}
trunks:
  - name: carrier
    kind: twilio
    account_sid: %s
    auth_token: %s
    api: %q
    account_calls_per_second: 30
    calls_per_second: 30
    max_calls: 20
    allow: ["+44207946"]
    caller_ids: ["+442079460999"]
    voices: {en: Polly.Amy}
`

// twinSpeed is how much faster than in life people ring, listen and press.
const twinSpeed = 4

// twinWorld is a folder with all that a service needs, and a twin of Twilio with
// somebody behind every number of the list.
type twinWorld struct {
	*crashWorld

	twin   *twin.Twin
	line   *twin.Scripts
	hunter *twinHunter
	person func(to string, nth int) twin.Script // behind a number
}

// newTwinWorld sets everything up and imports a list of the length given;
// database is a URL, or empty for a file in the folder.
func newTwinWorld(t *testing.T, database string, listed int) *twinWorld {
	t.Helper()
	w := &twinWorld{crashWorld: &crashWorld{T: t, seed: crashSeed(t), people: listed, notify: nothing}, hunter: newTwinHunter()}
	w.person = w.anybody
	w.makeFolder()
	driver := "postgres"
	if database == "" {
		driver, database = "sqlite", filepath.Join(w.dir, "careline.db")
	}
	w.files()
	w.write("campaign.yaml", strings.Replace(crashCampaign, "retry: {", "retry: {failed: [1s], congestion: [1s], not_placed: [1s], ", 1))
	host := ownAddress()
	hooks := freeUDP(t, host)
	api := w.openTwin(hooks)
	w.config = w.write("careline.yaml", fmt.Sprintf(twinConfig, database, freeUDP(t, host), hooks, demoPublic, demoAccount, demoToken, api))
	w.must("contacts", "import", filepath.Join(w.dir, "crash.csv"))
	w.must("campaign", "create", filepath.Join(w.dir, "campaign.yaml"))
	var err error
	if w.db, err = sqlx.Open(driver, database); err != nil {
		t.Fatal("open the raw rows:", err)
	}
	return w
}

// openTwin has the twin live until the test ends, and returns where its API is
// reached: by a gate that the hunter watches.
func (w *twinWorld) openTwin(hooks string) (api string) {
	w.Helper()
	w.line = twin.NewScripts(twin.ScriptOptions{Person: func(to string, nth int) twin.Script { return w.person(to, nth) }, Speed: twinSpeed})
	var err error
	w.twin, err = twin.New(twin.Options{
		Line: w.line, Seed: w.seed, Speed: twinSpeed,
		Accounts: []twin.Account{{SID: demoAccount, Token: demoToken, CallsPerSecond: 30, Numbers: []twin.Number{{Number: "+442079460999"}}}},
		Public:   func(u string) string { return strings.Replace(u, demoPublic, "http://"+hooks, 1) },
		Client:   &http.Client{Transport: w.hunter.watching(&http.Transport{MaxIdleConnsPerHost: 64})},
		Notify:   func(e twin.Entry) { w.hunter.see(sight{kind: string(e.Kind), url: e.URL, call: e.Call}) },
	})
	if err != nil {
		w.Fatal("open the twin:", err)
	}
	ctx, over := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.twin.Run(ctx) }()
	to, err := url.Parse(w.twin.URL())
	if err != nil {
		w.Fatal(err)
	}
	gate := httptest.NewServer(w.hunter.gate(to))
	w.Cleanup(func() {
		gate.Close()
		over()
		if err := <-ended; err != nil {
			w.Errorf("the twin ended: %v", err)
		}
	})
	return gate.URL
}

// anybody draws how somebody takes their nth call.
func (w *twinWorld) anybody(to string, nth int) twin.Script {
	dice := rand.New(rand.NewPCG(w.seed, uint64(nth)))
	for _, r := range to {
		dice = rand.New(rand.NewPCG(dice.Uint64(), uint64(r)))
	}
	s := twin.Script{
		Rings: time.Duration(200+dice.IntN(800)) * time.Millisecond, Answer: time.Duration(500+dice.IntN(3000)) * time.Millisecond,
		Think: time.Duration(200+dice.IntN(600)) * time.Millisecond, Bold: dice.IntN(4) == 0,
	}
	answers := []string{string('1' + rune(dice.IntN(2))), string('3' + rune(dice.IntN(3)))}
	switch n := dice.IntN(100); {
	case n < 66:
		s.Keys = answers
	case n < 72:
		s.Keys = []string{answers[0], twin.Leave}
	case n < 77:
		s.Stays = time.Duration(500+dice.IntN(6000)) * time.Millisecond
	case n < 80: // says nothing
	case n < 85:
		s.Keys = []string{"9"}
	case n < 92:
		s.Never = true
	default:
		s.Status = []int{486, 486, 603, 480, 404}[dice.IntN(5)]
	}
	return s
}

// killAll starts the service and kills it at each of the moments, the first time
// in the middle of the campaign that is started then.
func (w *twinWorld) killAll(at []twinMoment) []twinKill {
	w.Helper()
	var kills []twinKill
	for i, m := range at {
		v := w.serve()
		if i == 0 {
			w.must("campaign", "start", "crash")
		}
		w.hunter.hunt(v, m)
		k := w.shot(v)
		w.quiet()
		k.rows = w.rows()
		kills = append(kills, k)
	}
	return kills
}

// shot waits for a kill. When the moment does not come it is another one.
func (w *twinWorld) shot(v *victim) twinKill {
	w.Helper()
	for waits := 0; ; waits++ {
		select {
		case k := <-w.hunter.shot:
			return k
		case <-time.After(patienceLong):
			w.hunter.retarget(waits > 0)
			if waits > 4 {
				w.Fatalf("nothing happens any more; the campaign is %s", w.rows().campaign)
			}
		case <-v.gone:
			select {
			case k := <-w.hunter.shot:
				return k
			case <-time.After(time.Second):
				w.Fatalf("the service ended by itself: %v", v.err)
			}
		}
	}
}

// finish lets a service do the rest of the list, and end.
func (w *twinWorld) finish(v *victim) {
	w.Helper()
	if !appears(twinFinish, func() bool {
		select {
		case <-v.gone:
			w.Fatalf("the service ended by itself: %v", v.err)
		default:
		}
		return w.rows().campaign == campaigns.Finished
	}) {
		w.Errorf("the campaign did not end within %v", twinFinish)
	}
	if err := v.end(10 * time.Second); err != nil {
		w.Errorf("the service did not end well: %v", err)
	}
}

// gate is in front of the twin's API, and lets the hunter see what passes.
func (h *twinHunter) gate(to *url.URL) http.Handler {
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	creates := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Calls.json")
	}
	proxy.ModifyResponse = func(r *http.Response) error {
		if creates(r.Request) {
			h.see(sight{kind: postDone})
		}
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if creates(r) && h.see(sight{kind: postDue}) {
			return // who asked is dead, and the request has not arrived
		}
		proxy.ServeHTTP(w, r)
	})
}

// watching is a transport of webhooks of which the hunter sees those that are in
// flight.
func (h *twinHunter) watching(t http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		at := r.URL.Path
		return t.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { h.see(sight{kind: inFlight, url: at}) },
		})))
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip does it.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
