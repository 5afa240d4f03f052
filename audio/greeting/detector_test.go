package greeting_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"
	"time"

	"careline/audio"
	"careline/audio/greeting"
)

// lead is the silence before a callee speaks.
const lead = 400 * time.Millisecond

// humans are what people say who answer.
var humans = map[string][]string{
	"en-gb": {"Hello?", "Yes?", "Hello.", "Good morning.", "Hi, Anna here.", "Hello, who is it?", "Smith.", "Daystar, good morning.", "Hello, hello?", "Speaking."},
	"en-us": {"Hello?", "Yeah?", "Hi.", "This is Bob.", "Hello, Miller family.", "Who's calling?"},
	"zh":    {"wei2?", "wei2, ni3 hao3.", "ni3 hao3.", "wei2, shei2 ya5?"},
	"de":    {"Hallo?", "Ja, bitte?", "Müller.", "Guten Tag, Schmidt."},
}

// machines are what machines say.
var machines = map[string][]string{
	"en-gb": {
		"Hello, you have reached the voicemail of Anna Smith. Please leave a message after the tone.",
		"The person you are calling is not available. Please leave your message after the tone.",
		"Hi, this is Bob. I cannot come to the phone right now, so leave me a message and I will call you back.",
		"Welcome to the mailbox of zero seven seven zero zero nine zero zero one two three. Please speak after the beep.",
		"You are through to the Miller family. We are out at the moment. Leave your name and number.",
	},
	"en-us": {
		"Thank you for calling Daystar Mobile. Our office is closed. Our opening hours are nine to five.",
		"Your call has been forwarded to an automatic voice message system. At the tone, please record your message.",
		"Hey it's Jack. You know what to do after the beep. Thanks for calling, talk to you soon.",
	},
	"zh": {"nin2 hao3, nin2 bo1 da3 de5 yong4 hu4 zan4 shi2 wu2 fa3 jie1 ting1, qing3 zai4 ti2 shi4 yin1 hou4 liu2 yan2."},
	"de": {"Guten Tag, Sie sind mit dem Anrufbeantworter von Familie Schmidt verbunden. Bitte sprechen Sie nach dem Signalton."},
}

// noises are the levels of noise on the line, in dBm0; the first is none.
var noises = []float64{math.Inf(-1), -60, -48}

// People and machines are told apart, in several languages and over noise, and
// the end of a person's greeting is found.
func TestAccuracy(t *testing.T) {
	right, all, late := map[greeting.Kind]int{}, map[greeting.Kind]int{}, []time.Duration{}
	each := func(want greeting.Kind, texts map[string][]string, check func(name string, long time.Duration, h greeting.Heard)) {
		for voice, list := range texts {
			for i, text := range list {
				spoken := say(t, voice, text)
				for _, level := range noises {
					name := fmt.Sprintf("%s %d %q, noise %v", voice, i, text, level)
					h := listen(noisy(line(spoken), level))
					all[want]++
					if h.Kind == want {
						right[want]++
					} else {
						t.Logf("%s: took it for %q", name, h.Kind)
					}
					check(name, audio.Duration(len(spoken)), h)
				}
			}
		}
	}
	each(greeting.Human, humans, func(name string, long time.Duration, h greeting.Heard) {
		if h.Kind == greeting.Human {
			off := h.End - (lead + long)
			late = append(late, off.Abs())
			if off.Abs() > 400*time.Millisecond {
				t.Errorf("%s: the greeting ended at %v, %v off", name, h.End, off)
			}
		}
	})
	each(greeting.Machine, machines, func(string, time.Duration, greeting.Heard) {})
	slices.Sort(late)
	t.Logf("people %d of %d, machines %d of %d; end of the greeting off by %v in the middle, %v at most",
		right[greeting.Human], all[greeting.Human], right[greeting.Machine], all[greeting.Machine], late[len(late)/2], late[len(late)-1])
	for kind, n := range all {
		if share := float64(right[kind]) / float64(n); share < 0.95 {
			t.Errorf("%.1f %% of %s recognised; want 95 %%", 100*share, kind)
		}
	}
}

func TestSounds(t *testing.T) {
	quiet := func(d time.Duration) []int16 { return make([]int16, audio.Samples(d)) }
	tone := func(hz float64, d time.Duration) []int16 {
		return audio.Tone{Hz: []float64{hz}, Level: -15}.PCM(d)
	}
	for _, tt := range []struct {
		name  string
		sound []int16
		want  greeting.Heard
	}{
		{"silence", quiet(4 * time.Second), greeting.Heard{Kind: greeting.Human, Over: true}},
		{"noise", noisy(quiet(4*time.Second), -45), greeting.Heard{Kind: greeting.Human, Over: true}},
		{"CNG", slices.Concat(quiet(lead), tone(1100, 500*time.Millisecond), quiet(3*time.Second)), greeting.Heard{Kind: greeting.Fax, Spoke: true, Over: true}},
		{"CED", slices.Concat(quiet(lead), tone(2100, 3*time.Second)), greeting.Heard{Kind: greeting.Fax, Spoke: true, Over: true}},
		{"beep", slices.Concat(quiet(lead), tone(1000, 300*time.Millisecond), quiet(2*time.Second)), greeting.Heard{Kind: greeting.Machine, Spoke: true, Over: true, Beep: true}},
		{"words and a beep", slices.Concat(line(say(t, "en-gb", machines["en-gb"][0]))[:audio.Samples(4*time.Second)], tone(1400, 250*time.Millisecond), quiet(time.Second)), greeting.Heard{Kind: greeting.Machine, Spoke: true, Over: true, Beep: true}},
		{"at once", slices.Concat(audio.Tone{Hz: []float64{310, 1900}, Level: -16}.PCM(700*time.Millisecond), quiet(time.Second)), greeting.Heard{Kind: greeting.Human, Spoke: true, Over: true}},
		{"half a second", quiet(500 * time.Millisecond), greeting.Heard{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := listen(tt.sound)
			if got.End = 0; got != tt.want {
				t.Errorf("heard %+v; want %+v", got, tt.want)
			}
		})
	}
}

// A callee whose network sends nothing while nobody speaks is understood too.
func TestNothingSent(t *testing.T) {
	d := greeting.New(greeting.Options{})
	spoken, at := say(t, "en-gb", "Hello?"), 300*time.Millisecond
	for ; len(spoken) >= 160; spoken = spoken[160:] {
		d.Write(at, spoken[:160])
		at += 20 * time.Millisecond
	}
	if h := d.Quiet(at + time.Second); h.Kind != greeting.Human || !h.Over || h.End < at-300*time.Millisecond || h.End > at {
		t.Errorf("heard %+v; want a person whose greeting was over about %v", h, at)
	}
	d = greeting.New(greeting.Options{})
	if h := d.Quiet(3 * time.Second); h.Kind != greeting.Human || !h.Over {
		t.Errorf("of nothing at all it made %+v; want a person", h)
	}
}

// BenchmarkWrite is the cost of a frame.
func BenchmarkWrite(b *testing.B) {
	pcm := noisy(audio.Tone{Hz: []float64{200, 330, 510}, Level: -20}.PCM(20*time.Millisecond), -40)
	d := greeting.New(greeting.Options{Silence: time.Hour * 1e4})
	at := time.Duration(0)
	for b.Loop() {
		d.Write(at, pcm)
		at += 20 * time.Millisecond
	}
}

// listen has a detector hear a sound, frame by frame.
func listen(pcm []int16) greeting.Heard {
	d := greeting.New(greeting.Options{})
	at := time.Duration(0)
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		d.Write(at, pcm[:160])
		at += 20 * time.Millisecond
	}
	return d.Heard()
}

// line is what arrives by G.711: silence, what was said, silence.
func line(pcm []int16) []int16 {
	all := slices.Concat(make([]int16, audio.Samples(lead)), pcm, make([]int16, audio.Samples(3*time.Second)))
	coded := make([]byte, len(all))
	audio.PCMA.Encode(coded, all)
	audio.PCMA.Decode(all, coded)
	return all
}

// noisy adds white noise of a level.
func noisy(pcm []int16, level float64) []int16 {
	dice := rand.New(rand.NewPCG(1, 2))
	out := slices.Clone(pcm)
	rms := math.Pow(10, level/20) * math.MaxInt16 / math.Sqrt2
	for i := range out {
		out[i] = int16(max(-32768, min(32767, float64(out[i])+rms*dice.NormFloat64())))
	}
	return out
}

// say is a text spoken, without the silence around it.
func say(t *testing.T, voice, text string) []int16 {
	t.Helper()
	if voice == "zh" {
		voice = "cmn-latn-pinyin"
	}
	var out bytes.Buffer
	cmd := exec.Command("espeak-ng", "-v", voice, "-s", "165", "-b", "1", "-z", "--stdout", text)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("espeak-ng: %v; it is in .ci/deps", err)
	}
	s, err := audio.ReadWAV(&out)
	if err != nil {
		t.Fatal(err)
	}
	return audio.Prepare(audio.Trim(s.Line()))
}
