package twilio

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"careline/audio"
	"careline/ivr"
)

// How long our audio can be fetched by its URL. The end is that of a day, so that
// one prompt has one URL all day, and is fetched once for many calls.
const (
	soundDay  = 24 * time.Hour
	soundKept = 2 * soundDay
)

// mostSound is how much rendered audio is kept, in bytes.
const mostSound = 64 << 20

// The purposes of what is sealed into the URLs of audio.
const (
	sealPrompt = "prompt"
	sealMusic  = "music"
)

// The files of audio begin with what they are.
const (
	promptMark = "p-"
	musicMark  = "m-"
	soundType  = ".wav"
)

// soundURL is where a prompt can be fetched.
func (c *Carrier) soundURL(t *trunk, p ivr.Prompt) (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write a prompt: %w", err)
	}
	return c.fileURL(t, promptMark+t.seal.close(sealPrompt, text)), nil
}

// musicURL is where a recording can be fetched by its name.
func (c *Carrier) musicURL(t *trunk, name string) string {
	return c.fileURL(t, musicMark+t.seal.close(sealMusic, []byte(name)))
}

func (c *Carrier) fileURL(t *trunk, name string) string {
	until := strconv.FormatInt(time.Now().Truncate(soundDay).Add(soundKept).Unix(), 10)
	return c.hook(t.Name, "media", name+soundType) + "?until=" + until + "&sig=" + t.seal.sign(name+" "+until)
}

// sound answers who fetches our audio: who has its URL, until that expires.
func (c *Carrier) sound(w http.ResponseWriter, r *http.Request) {
	t := c.trunks[r.PathValue("trunk")]
	name, isSound := strings.CutSuffix(r.PathValue("name"), soundType)
	until, sig := r.URL.Query().Get("until"), r.URL.Query().Get("sig")
	if t == nil || !isSound {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "audio is fetched by GET", http.StatusMethodNotAllowed)
		return
	}
	if !t.seal.is(sig, name+" "+until) {
		c.refuse(w, r, t, errForged)
		return
	}
	end, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !time.Now().Before(time.Unix(end, 0)) {
		http.Error(w, "this URL has expired", http.StatusGone)
		return
	}
	file, err := c.sounds.of(name, func() ([]byte, error) { return c.render(t, name) })
	if err != nil {
		c.log.Error("audio cannot be made", "trunk", t.Name, "err", err)
		http.Error(w, "this cannot be said", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(soundDay/time.Second)))
	h.Set("Etag", `"`+t.seal.sign("content "+string(file))+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
}

// render makes the file that a name says: mu-law, as telephone lines have it.
func (c *Carrier) render(t *trunk, name string) ([]byte, error) {
	clips, err := c.clips(t, name)
	if err != nil {
		return nil, err
	}
	var pcm []int16
	for _, clip := range clips {
		pcm = append(pcm, clip.PCM()...)
	}
	var b bytes.Buffer
	if err = audio.WriteWAV(&b, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.MuLaw); err != nil {
		return nil, fmt.Errorf("write audio: %w", err)
	}
	return b.Bytes(), nil
}

// clips are the sound that a name says.
func (c *Carrier) clips(t *trunk, name string) ([]*audio.Clip, error) {
	if c.opt.Speaker == nil {
		return nil, errNothingToSay
	}
	if sealed, is := strings.CutPrefix(name, musicMark); is {
		title, err := t.seal.open(sealMusic, sealed)
		if err != nil {
			return nil, err
		}
		clip, err := c.opt.Speaker.Clip(string(title))
		return []*audio.Clip{clip}, err
	}
	text, err := t.seal.open(sealPrompt, strings.TrimPrefix(name, promptMark))
	if err != nil {
		return nil, err
	}
	var p ivr.Prompt
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("read a prompt: %w", err)
	}
	return c.opt.Speaker.Clips(p)
}

// sounds keeps the files that were made last. The zero value is ready to use.
type sounds struct {
	mu    sync.Mutex
	files map[string]*list.Element
	order list.List // of *soundFile, the latest used first
	size  int
}

type soundFile struct {
	name string
	made func() ([]byte, error) // once
	size int
}

// of returns a file, and makes it where it is not kept. It is made once, however
// many ask at once; one that could not be made is forgotten.
func (s *sounds) of(name string, render func() ([]byte, error)) ([]byte, error) {
	f := s.entry(name, render)
	file, err := f.made()
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.files[name]
	if e == nil || e.Value != any(f) {
		return file, err
	}
	if err != nil {
		s.drop(e)
		return nil, err
	}
	s.size += len(file) - f.size
	f.size = len(file)
	for s.size > mostSound && s.order.Len() > 1 {
		s.drop(s.order.Back())
	}
	return file, nil
}

func (s *sounds) entry(name string, render func() ([]byte, error)) *soundFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.files[name]; e != nil {
		s.order.MoveToFront(e)
		f, _ := e.Value.(*soundFile)
		return f
	}
	if s.files == nil {
		s.files = make(map[string]*list.Element)
	}
	f := &soundFile{name: name, made: sync.OnceValues(render)}
	s.files[name] = s.order.PushFront(f)
	return f
}

// drop forgets a file. s.mu is held.
func (s *sounds) drop(e *list.Element) {
	if f, ok := s.order.Remove(e).(*soundFile); ok {
		delete(s.files, f.name)
		s.size -= f.size
	}
}

// waitMusic are the verbs of a caller's music.
func (c *Carrier) waitMusic(_ context.Context, t *trunk, name string) []any {
	if name == "" || c.opt.Speaker == nil {
		return []any{pauseVerb{Length: 10}}
	}
	return []any{playVerb{URL: c.musicURL(t, name)}}
}
