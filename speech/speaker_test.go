package speech_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/audio"
	"careline/speech"
)

// script writes a shell script and makes a speaker of it.
func shell(t *testing.T, body string, args ...string) *speech.Exec {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speak")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	e, err := speech.NewExec(append([]string{path}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExecSpeaksByItsCommand(t *testing.T) {
	// The text is a frequency: what comes back proves that it arrived.
	e := shell(t, `sox -n -r 16000 -b 16 -t wav - synth 0.5 sine "$(cat)" gain -10; test "$1" = lang=en`, "lang={lang}")
	pcm, err := e.Speak(t.Context(), "en", "440")
	if err != nil || len(pcm) != audio.Rate/2 {
		t.Fatalf("Speak = %d samples, %v; want half a second", len(pcm), err)
	}
	if got := audio.Goertzel(pcm[800:3200], 440); math.Abs(got+10) > 1 {
		t.Errorf("440 Hz at %.1f dBm0; want -10", got)
	}
	if got := e.Voice("en"); !strings.HasPrefix(got, "exec ") || !strings.HasSuffix(got, " en") {
		t.Errorf("Voice = %q", got)
	}
}

func TestExecSaysWhatWentWrong(t *testing.T) {
	for name, tt := range map[string]struct{ body, says string }{
		"failure":   {`echo "no such voice" >&2; exit 3`, "exit status 3: no such voice"},
		"no output": {`true`, "read what"},
		"no WAV":    {`echo hello`, "read what"},
		"endless":   {`exec yes`, "broken pipe"},
		"long talk": {`yes oops | head -c 100000 >&2; exit 1`, "exit status 1: oops"},
	} {
		_, err := shell(t, tt.body).Speak(t.Context(), "en", "Hello.")
		if err == nil || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.300v; want %q", name, err, tt.says)
		}
	}
}

func TestExecEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("too slow"))
	defer stop()
	if _, err := shell(t, `exec sleep 60`).Speak(ctx, "en", "Hello."); err == nil || !strings.Contains(err.Error(), "too slow") {
		t.Errorf("Speak = %v; want the cause", err)
	}
}

func TestNewExecWantsACommand(t *testing.T) {
	for _, command := range [][]string{nil, {""}} {
		if _, err := speech.NewExec(command...); err == nil {
			t.Errorf("NewExec(%q) is content", command)
		}
	}
}

func TestEspeakSpeaks(t *testing.T) {
	e := speech.NewEspeak(speech.EspeakOptions{})
	for lang, said := range map[string]string{"zh": "您好，这里是客户服务中心。", "en": "Hello, this is the customer service centre."} {
		pcm, err := e.Speak(t.Context(), lang, said)
		if err != nil {
			t.Fatal(err)
		}
		if d := audio.Duration(len(audio.Trim(pcm))); d < 1500*time.Millisecond || d > 5*time.Second {
			t.Errorf("%s takes %v", lang, d)
		}
		if got := audio.ActiveLevel(pcm); got < -35 {
			t.Errorf("%s at %.1f dBm0", lang, got)
		}
	}
	if got := e.Voice("zh-CN"); got != "espeak-ng cmn-latn-pinyin" {
		t.Errorf("Voice(zh-CN) = %q", got)
	}
}

func TestEspeakSaysWhatWentWrong(t *testing.T) {
	if _, err := speech.NewEspeak(speech.EspeakOptions{Command: "/nowhere/espeak-ng"}).Speak(t.Context(), "en", "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the program: %v", err)
	}
	_, err := speech.NewEspeak(speech.EspeakOptions{Command: "espeak-ng-is-not-here"}).Speak(t.Context(), "en", "x")
	if err == nil || !strings.Contains(err.Error(), "apt-get install espeak-ng") {
		t.Errorf("not installed: %v; want what to do", err)
	}
	o := speech.EspeakOptions{Voices: map[string]string{"en": "xx"}}
	if _, err := speech.NewEspeak(o).Speak(t.Context(), "en", "x"); err == nil || !strings.Contains(err.Error(), "speaker espeak") {
		t.Errorf("unknown voice: %v", err)
	}
}
