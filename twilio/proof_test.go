package twilio_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/twilio"
)

// unsaid are answers to a request for a call that do not say whether there is
// one.
var unsaid = map[string]func(w http.ResponseWriter, sid string){
	"broken off": func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) },
	"gateway": func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>bad gateway</html>"))
	},
	"gateway refuses": func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<html>no</html>"))
	},
	"server error": func(w http.ResponseWriter, _ string) {
		refuse(w, http.StatusInternalServerError, 20500, "internal error")
	},
	"redirect": func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "http://api.example.com/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
		_, _ = w.Write([]byte("{}"))
	},
	"nameless": func(w http.ResponseWriter, _ string) { answer(w, http.StatusCreated, map[string]any{}) },
	"late":     func(http.ResponseWriter, string) { time.Sleep(30 * time.Second) },
}

// Whatever the answer, Twilio is asked once; without a proof for ten minutes that
// the call exists it is unknown how it ended.
func TestUnproven(t *testing.T) {
	for name, create := range unsaid {
		synctest.Test(t, func(t *testing.T) {
			slowed := 0
			r := newRig(t, func(o *twilio.Options) { o.Slowed = func(string, int, time.Duration) { slowed++ } })
			r.api.create = create
			begun := time.Now()
			var stages []call.Progress
			f := failed(t, <-r.place(t.Context(), order(&stages)))
			if f.Disposition != campaigns.NotKnown || !f.Sent || f.MayFailOver() || f.Evidence.Rule != campaigns.ByNobody {
				t.Errorf("%s: failure is %+v; want it unknown, and no other trunk tried", name, f)
			}
			if took := time.Since(begun); took != 10*time.Minute {
				t.Errorf("%s: given up after %v", name, took)
			}
			if n := len(r.api.placed()); n != 1 {
				t.Errorf("%s: asked %d times", name, n)
			}
			if n := r.api.count("GET"); n < 5 {
				t.Errorf("%s: looked for %d times only", name, n)
			}
			if slowed == 0 {
				t.Errorf("%s: the trunk was not slowed", name)
			}
			if len(stages) != 1 || stages[0].Stage != call.Sent {
				t.Errorf("%s: stages %v", name, stages)
			}
		})
	}
}

// A callback that bears the attempt's id proves that the call exists.
func TestProvenByCallback(t *testing.T) {
	for name, create := range unsaid {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			r.api.create = create
			done := r.place(t.Context(), order(nil))
			synctest.Wait()
			time.Sleep(9 * time.Minute)
			r.status(sid, "initiated")
			time.Sleep(20 * time.Second)
			r.status(sid, "in-progress")
			got := <-done
			if got.err != nil {
				t.Fatalf("%s: Place = %v", name, got.err)
			}
			r.status(sid, "completed")
			if err := got.line.(call.Hosted).Wait(t.Context()); err != nil {
				t.Errorf("%s: Wait = %v", name, err)
			}
			if n := len(r.api.placed()); n != 1 {
				t.Errorf("%s: asked %d times", name, n)
			}
		})
	}
}

// So does exactly one call in Twilio's list of which something was requested that
// bears the id. Nothing else does, absence least of all.
func TestProvenByList(t *testing.T) {
	base := public + "/twilio/us/calls/"
	other := func(a *office, created time.Time) {
		a.calls["CB"] = map[string]any{
			"sid": "CB", "status": "completed", "to": string(theirs), "from": string(ours), "direction": "outbound-api",
			"date_created": created.UTC().Format(time.RFC1123Z),
		}
	}
	for _, tt := range []struct {
		name   string
		set    func(a *office)
		proven bool
	}{
		{"found", func(a *office) { a.urls[sid] = []string{base + attempt + "/answer?machine=off"} }, true},
		{"found beside an older one", func(a *office) {
			a.urls[sid] = []string{base + attempt + "/status?machine=off"}
			other(a, time.Now().Add(-time.Hour))
		}, true},
		{"another's", func(a *office) { a.urls[sid] = []string{base + "0198f3a0-0000-7000-8000-000000000009/answer"} }, false},
		{"nothing was requested", func(*office) {}, false},
		{"two", func(a *office) {
			a.urls[sid] = []string{base + attempt + "/answer"}
			other(a, time.Now())
		}, false},
		{"absent", func(a *office) { delete(a.calls, sid) }, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			r.api.create = func(_ http.ResponseWriter, sid string) {
				r.api.mu.Lock()
				r.api.calls[sid]["status"] = "in-progress"
				tt.set(r.api)
				r.api.mu.Unlock()
				panic(http.ErrAbortHandler)
			}
			got := <-r.place(t.Context(), order(nil))
			if (got.err == nil) != tt.proven {
				t.Errorf("%s: Place = %v", tt.name, got.err)
			}
			if n := len(r.api.placed()); n != 1 {
				t.Errorf("%s: asked %d times", tt.name, n)
			}
		})
	}
}

// A trunk whose requests come to nothing rests longer and longer, and not any
// more once one has gone well.
func TestTrunkRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		well := false
		r.api.create = func(w http.ResponseWriter, _ string) {
			if !well {
				refuse(w, http.StatusServiceUnavailable, 20503, "busy")
			}
		}
		for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			_ = failed(t, <-r.place(t.Context(), order(nil)))
			time.Sleep(want - time.Millisecond)
			if s := r.carrier.Trunks()[0]; s.Up || s.Why == "" {
				t.Errorf("before %v the trunk stands as %+v", want, s)
			}
			time.Sleep(time.Millisecond)
			if s := r.carrier.Trunks()[0]; !s.Up || s.Why != "" || s.Since.IsZero() {
				t.Errorf("after %v the trunk stands as %+v", want, s)
			}
		}
		well = true
		done := r.place(t.Context(), order(nil))
		synctest.Wait()
		r.status("CA00000000000000000000000000000004", "busy")
		<-done
		well = false
		_ = failed(t, <-r.place(t.Context(), order(nil)))
		time.Sleep(time.Second)
		if s := r.carrier.Trunks()[0]; !s.Up {
			t.Errorf("the trunk stands as %+v; want it up after a second", s)
		}
	})
}

// A call of which nothing is known cannot be ended: it is unknown, and the
// service does not wait for long.
func TestUnprovenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.api.create = unsaid["gateway"]
		ctx, cancel := context.WithCancelCause(t.Context())
		done := r.place(ctx, order(nil))
		synctest.Wait()
		cancel(errors.New("the service stops"))
		begun := time.Now()
		f := failed(t, <-done)
		if f.Disposition != campaigns.NotKnown || !strings.Contains(f.Evidence.Text, "the service stops") {
			t.Errorf("failure is %+v", f)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("waited for %v", took)
		}
	})
}

// A call that arrives for an attempt that has ended is hung up.
func TestArrivesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.book.ended[attempt] = true
		w := r.callback(attempt, sid, "answer", map[string][]string{"CallStatus": {"in-progress"}})
		if !strings.Contains(w.Body.String(), "<Hangup") {
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
	})
}

// What is in memory alone is believed while the database is away.
func TestBookAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *twilio.Options) { o.Quiet = 20 * time.Second })
		r.book.fails = errors.New("no database")
		done := r.place(t.Context(), order(nil))
		synctest.Wait()
		form := map[string][]string{"CallStatus": {"in-progress"}}
		if w := r.callback(attempt, sid, "status", form); w.Code != http.StatusServiceUnavailable {
			t.Errorf("a callback that was not kept was answered %d", w.Code)
		}
		got := <-done
		if got.err != nil {
			t.Fatalf("Place = %v", got.err)
		}
		r.api.set(sid, "status", "completed", "duration", "5")
		if err := got.line.(call.Hosted).Wait(t.Context()); err != nil {
			t.Errorf("Wait = %v", err)
		}
	})
}
