package twin_test

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
	twin "careline/sim/twilio"
)

// prompt is a sound that people know again: a tone that slides.
func prompt(from, to float64) []int16 {
	pcm := make([]int16, 8000)
	phase := 0.0
	for i := range pcm {
		phase += 2 * math.Pi * (from + (to-from)*float64(i)/float64(len(pcm))) / audio.Rate
		pcm[i] = int16(9000 * math.Sin(phase))
	}
	return pcm
}

// street is a service whose documents play sounds, and a twin with people of
// sim/people on its line.
type street struct {
	*house
	net    *people.Network
	phones *twin.Phones
	sounds map[string][]int16
}

func newStreet(t *testing.T, o people.Options) *street {
	t.Helper()
	s := &street{sounds: map[string][]int16{"/offer.wav": prompt(300, 900), "/bye.wav": prompt(1200, 500)}}
	h := &house{t: t, docs: map[string]string{}}
	s.house = h
	h.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pcm, ok := s.sounds[r.URL.Path]
		if !ok {
			h.ServeHTTP(w, r)
			return
		}
		var file bytes.Buffer
		_ = audio.WriteWAV(&file, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16)
		w.Header().Set("Content-Type", "audio/x-wav")
		_, _ = w.Write(file.Bytes())
	}))
	t.Cleanup(h.web.Close)
	o.Book = []people.Prompt{{Label: "offer", Samples: s.sounds["/offer.wav"], Choices: map[people.Persona]people.Choices{people.Complies: {"2": 1}}}}
	o.Behaviour = people.Behaviour{RingMin: 10 * time.Millisecond, ThinkMin: 50 * time.Millisecond, EarlyMedia: -1}
	o.Challenge = &people.Credentials{User: "twilio", Password: "word"}
	var err error
	if s.net, err = people.New(o); err != nil {
		t.Fatal(err)
	}
	if s.phones, err = twin.NewPhones(twin.PhonesOptions{Carrier: s.net.Addr(), User: "twilio", Password: "word"}); err != nil {
		t.Fatal(err)
	}
	s.net.SetService(s.phones.Addr().String())
	if h.Twin, err = twin.New(twin.Options{Line: s.phones, Accounts: []twin.Account{{
		SID: sid, Token: token, Numbers: []twin.Number{{Number: ours, VoiceURL: h.web.URL + "/voice", StatusCallback: h.web.URL + "/voice/status"}},
	}}}); err != nil {
		t.Fatal(err)
	}
	s.run(s.net.Run)
	s.run(h.Run) // is stopped first
	return s
}

// run runs something until the test ends.
func (s *street) run(f func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
}

func TestPeopleHearAndPress(t *testing.T) {
	s := newStreet(t, people.Options{Subscribers: []people.Subscriber{{Number: hers, Personas: []people.Persona{people.Complies}}}})
	s.say("/answer", `<Gather numDigits="1" action="/keys"><Play>/offer.wav</Play></Gather>`)
	s.say("/keys", `<Play>/bye.wav</Play>`)
	c := s.call()
	s.clean()
	if c.Status != "completed" || c.By != "document" {
		t.Errorf("the call is %+v", c)
	}
	if k := s.hooks("/keys"); len(k) != 1 || k[0].params.Get("Digits") != "2" {
		t.Errorf("the action got %+v", k)
	}
	if p := s.net.Presses(); len(p) != 1 || p[0].Key != "2" || p[0].Label != "offer" {
		t.Errorf("she pressed %+v", p)
	}
}

func TestPersonRefusesBySIP(t *testing.T) {
	s := newStreet(t, people.Options{Subscribers: []people.Subscriber{{Number: hers, Personas: []people.Persona{people.Busy}}}})
	if c := s.call(); c.Status != "busy" || c.SIP != 486 {
		t.Errorf("the call is %+v", c)
	}
}

func TestPersonCallsAndTalksToSIP(t *testing.T) {
	s := newStreet(t, people.Options{})
	agent, err := s.net.Phone(people.PhoneOptions{Name: "token-1", Ring: 10 * time.Millisecond, Talk: 1500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s.say("/voice", `<Dial action="/dialed"><Sip>sip:token-1@`+agent.Addr()+`?X-Call=a%20b&amp;x-two=2</Sip></Dial>`)
	s.say("/dialed", `<Hangup/>`)
	leg, err := s.net.Call(t.Context(), hers, ours, people.Script{})
	if err != nil || leg.Answered.IsZero() {
		t.Fatalf("the call is %+v, %v", leg, err)
	}
	s.clean()
	var got url.Values
	for _, k := range s.hooks("/dialed") {
		got = k.params
	}
	if got.Get("DialCallStatus") != "completed" || got.Get("DialBridged") != "true" || got.Get("DialSipResponseCode") != "200" {
		t.Errorf("the action of Dial got %v", got)
	}
	if invites := s.net.PhoneInvites(); len(invites) != 1 {
		t.Errorf("the agent got %+v", invites)
	}
	if len(leg.Voices) != 1 || leg.Voices[0].Name != "token-1" {
		t.Errorf("the caller heard %+v", leg.Voices)
	}
}
