package twin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"careline/audio"
)

// mostSound is the largest file of sound that is fetched, in bytes.
const mostSound = 40 << 20

// cached is a sound that may be played again without a request.
type cached struct {
	sound *Sound
	until time.Time
}

// sounds are what elements that are heard say, each as often as it wants.
func (s scene) sounds(ctx context.Context, kids []*node) []*Sound {
	var all []*Sound
	for _, n := range kids {
		one := s.sound(ctx, n)
		if one == nil {
			continue
		}
		times := n.number("loop", 1)
		if times == 0 || times > bound("loop") {
			times = bound("loop")
		}
		for range times {
			all = append(all, one)
		}
	}
	return all
}

// sound is what one element says; nil is nothing.
func (s scene) sound(ctx context.Context, n *node) *Sound {
	switch n.name {
	case "Pause":
		return &Sound{Length: time.Duration(n.number("length", 1)) * time.Second}
	case "Say":
		return s.t.say(ctx, n.text, n.or("voice", "man"), n.or("language", "en-US"))
	case "Play":
		if keys := n.attrs["digits"]; keys != "" {
			return &Sound{Text: "keys " + keys, Length: time.Duration(len(keys)) * 200 * time.Millisecond}
		}
		address, err := resolve(s.d.url, n.text)
		if err != nil {
			s.t.violateIn(s.c, s.d, mistake(11100), "Play has %q: %v", n.text, err)
			return nil
		}
		return s.t.clip(ctx, s.c, s.d, address)
	}
	return nil
}

// say is words as sound.
func (t *Twin) say(ctx context.Context, words, voice, language string) *Sound {
	if t.opt.Speaker != nil {
		pcm, err := t.opt.Speaker.Say(ctx, words, voice, language)
		if err == nil {
			return &Sound{Text: words, PCM: pcm, Length: audio.Duration(len(pcm))}
		}
		t.opt.Log.Warn("words cannot be said", "err", err)
	}
	return &Sound{Text: words, Length: spoken(words)}
}

// spoken is about how long words take: four characters of Chinese a second,
// fifteen of others.
func spoken(words string) time.Duration {
	d := 300 * time.Millisecond
	for _, r := range words {
		if unicode.Is(unicode.Han, r) {
			d += 250 * time.Millisecond
		} else {
			d += time.Second / 15
		}
	}
	return d
}

// clip is a sound of the service's; nil where it cannot be had: then the
// document goes on, as Twilio's does.
func (t *Twin) clip(ctx context.Context, c *call, d *document, address string) *Sound {
	t.mu.Lock()
	have := t.cache[address]
	t.mu.Unlock()
	if have != nil && time.Now().Before(have.until) {
		return have.sound
	}
	sound, header, err := t.download(ctx, address)
	var wrong *trouble
	switch {
	case errors.As(err, &wrong):
		t.violateIn(c, d, mistake(wrong.code), "Play %s: %s", address, wrong.what)
		return nil
	case err != nil:
		if ctx.Err() == nil {
			e := c.about(KindDocument)
			e.URL, e.Note, e.Code = address, err.Error(), 11200
			t.write(e)
		}
		return nil
	}
	if age := maxAge(header.Get("Cache-Control")); age > 0 {
		t.mu.Lock()
		if len(t.cache) > 500 {
			clear(t.cache)
		}
		t.cache[address] = &cached{sound, time.Now().Add(age)}
		t.mu.Unlock()
	}
	return sound
}

// download requests a sound. No parameters and no signature go with that.
func (t *Twin) download(ctx context.Context, address string) (*Sound, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, webhookTime)
	defer cancel()
	plain, _, _ := strings.Cut(address, "#")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.opt.Public(plain), nil)
	if err != nil {
		return nil, nil, &trouble{11100, err.Error()}
	}
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	res, err := t.opt.Client.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("fetch a sound: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusInternalServerError {
		return nil, nil, fmt.Errorf("fetch a sound: answered with %d", res.StatusCode)
	}
	if res.StatusCode != http.StatusOK {
		return nil, nil, &trouble{11200, fmt.Sprintf("it was answered with %d", res.StatusCode)}
	}
	kind := res.Header.Get("Content-Type")
	if contentOf(kind) != "sound" {
		return nil, nil, &trouble{13420, fmt.Sprintf("the Content-Type %q is no sound", kind)}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, mostSound))
	if err != nil {
		return nil, nil, fmt.Errorf("fetch a sound: %w", err)
	}
	sound, err := decode(address, kind, body)
	return sound, res.Header, err
}

// decode reads a WAV file. The twin can read no other.
func decode(address, kind string, body []byte) (*Sound, error) {
	wav, err := audio.ReadWAV(bytes.NewReader(body))
	if err != nil {
		base, _, _ := mime.ParseMediaType(kind)
		return nil, &trouble{13420, fmt.Sprintf("the twin cannot read this %s: %v", base, err)}
	}
	if wav.Channels != 1 {
		return nil, &trouble{13420, "the twin reads sound of one channel"}
	}
	pcm := wav.Samples
	if wav.Rate != audio.Rate {
		pcm = audio.Resample(pcm, wav.Rate, audio.Rate)
	}
	return &Sound{URL: address, PCM: pcm, Length: audio.Duration(len(pcm))}, nil
}

// maxAge is how long an answer may be kept.
func maxAge(control string) time.Duration {
	for part := range strings.SplitSeq(control, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(value)
		if name == "max-age" && err == nil {
			return time.Duration(n) * time.Second
		}
	}
	return 0
}
