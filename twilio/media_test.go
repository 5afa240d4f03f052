package twilio_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"careline/audio"
	"careline/ivr"
	"careline/twilio"
)

// counting counts how often prompts are put together.
type counting struct {
	twilio.Speaker
	times atomic.Int32
}

func (c *counting) Clips(p ivr.Prompt) ([]*audio.Clip, error) {
	c.times.Add(1)
	return c.Speaker.Clips(p)
}

// tone says everything by one tone, a piece longer than the one before.
type tone struct{}

func (tone) Clips(p ivr.Prompt) (clips []*audio.Clip, err error) {
	for i := range p.Pieces {
		clips = append(clips, audio.NewClip(audio.Tone{Hz: []float64{440}, Level: -12}.PCM(time.Duration(i+1)*time.Second)))
	}
	return clips, nil
}

func (tone) Clip(string) (*audio.Clip, error) {
	return audio.NewClip(make([]int16, audio.Rate)), nil
}

func fetch(h http.Handler, method, address string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Our own audio is fetched by a URL that tells nothing and that nobody can make
// up, from any node, and made once.
func TestMedia(t *testing.T) {
	h := newHooks(t, func(o *twilio.Options) { o.Trunks[0].Voices, o.Speaker = nil, tone{} })
	other, _ := h.node()
	doc := h.read(h.ask(other, voicePath, form()))
	said, _ := doc.find("Play")
	if !strings.HasPrefix(said.Text, hookPublic+"/twilio/t/media/p-") || strings.Contains(said.Text, "elcome") {
		t.Fatalf("plays %s", said.Text)
	}
	first := fetch(other, http.MethodGet, said.Text)
	if first.Code != http.StatusOK || first.Header().Get("Content-Type") != "audio/wav" || !strings.Contains(first.Header().Get("Cache-Control"), "max-age=86400") {
		t.Fatalf("answered %d %v", first.Code, first.Header())
	}
	sound, err := audio.ReadWAV(bytes.NewReader(first.Body.Bytes()))
	if err != nil || sound.Rate != 8000 || sound.Channels != 1 || len(sound.Samples) != 8000 || first.Body.Len() > 8100 {
		t.Errorf("%d bytes, %d samples at %d, %v; want 1 s of mu-law", first.Body.Len(), len(sound.Samples), sound.Rate, err)
	}
	if w := fetch(other, http.MethodHead, said.Text); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Etag") == "" {
		t.Errorf("HEAD answered %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	if w := fetch(other, http.MethodGet, said.Text, "If-None-Match", first.Header().Get("Etag")); w.Code != http.StatusNotModified {
		t.Errorf("a file that is known answered %d; want 304", w.Code)
	}
	for _, bad := range []string{
		strings.Replace(said.Text, "until=", "until=9", 1), strings.Replace(said.Text, "sig=", "sig=A", 1),
		strings.Replace(said.Text, "/p-", "/p-A", 1), strings.Replace(said.Text, "/p-", "/m-", 1),
	} {
		if w := fetch(other, http.MethodGet, bad); w.Code != http.StatusForbidden {
			t.Errorf("%s answered %d; want 403", bad, w.Code)
		}
	}
	if w := fetch(other, http.MethodPost, said.Text); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answered %d; want 405", w.Code)
	}
	if again, _ := h.read(h.ask(other, voicePath, form())).find("Play"); again.Text != said.Text {
		t.Errorf("the same prompt has another URL:\n%s\n%s", said.Text, again.Text)
	}
}

// A URL expires, and is kept as long as it is good.
func TestMediaExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, _ := bubble(t)
		speaker := &counting{Speaker: tone{}}
		h.opt.Trunks[0].Voices, h.opt.Speaker = nil, speaker
		h.handler, _ = h.node()
		said, _ := h.document(voicePath).find("Play")
		asked := speaker.times.Load()
		for range 3 {
			if w := fetch(h.handler, http.MethodGet, said.Text); w.Code != http.StatusOK {
				t.Fatalf("answered %d", w.Code)
			}
		}
		if made := speaker.times.Load() - asked; made != 1 {
			t.Errorf("made %d times; want once", made)
		}
		time.Sleep(24 * time.Hour)
		if w := fetch(h.handler, http.MethodGet, said.Text); w.Code != http.StatusOK {
			t.Errorf("after a day: answered %d; want 200", w.Code)
		}
		time.Sleep(24 * time.Hour)
		if w := fetch(h.handler, http.MethodGet, said.Text); w.Code != http.StatusGone {
			t.Errorf("after two days: answered %d; want 410", w.Code)
		}
	})
}

// A long prompt is played in parts, so that no URL becomes too long.
func TestLongPrompt(t *testing.T) {
	h, _, _ := bubble(t)
	flow := "flow: long\nlanguages: [en]\nstart: a\nnodes:\n  a:\n    say: {en: [" + strings.TrimSuffix(strings.Repeat(strings.Repeat("x", 400)+", ", 10), ", ") + "]}\n    next: end\n"
	f, err := ivr.Parse("long.yaml", []byte(flow))
	if err != nil {
		t.Fatal(err)
	}
	h.use(f)
	h.opt.Trunks[0].Voices, h.opt.Speaker = nil, tone{}
	h.handler, _ = h.node()
	doc := h.document(voicePath)
	if len(doc.Tags) < 3 {
		t.Fatalf("%d verbs; want some", len(doc.Tags))
	}
	for _, v := range doc.Tags {
		if len(v.Text) > 1600 {
			t.Errorf("a URL of %d characters", len(v.Text))
		}
	}
}
