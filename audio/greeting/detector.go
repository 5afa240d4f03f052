package greeting

import (
	"cmp"
	"time"

	"careline/audio"
)

// Kind is who, or what, speaks.
type Kind string

// The kinds. Empty means that it is not known yet.
const (
	Human   Kind = "human"
	Machine Kind = "machine"
	Fax     Kind = "fax"
)

// Options tune a Detector. The zero value is ready to use.
type Options struct {
	Pause        time.Duration // without speech so long, the greeting is over; 0 means 500 ms
	MachinePause time.Duration // that of a machine, which reads whole sentences; 0 means 1200 ms
	Silence      time.Duration // who says nothing for so long is a person; 0 means 2500 ms
	Longest      time.Duration // a person's greeting, pauses within it included; 0 means 1900 ms
	MostWords    int           // of a person's greeting; 0 means 5
	Word         time.Duration // shorter sounds are none; 0 means 80 ms
	Gap          time.Duration // between two words; 0 means 60 ms
	Beep         time.Duration // a pure tone of so long is a machine's; 0 means 140 ms
	Loudness     float64       // of the softest speech, in dBm0; 0 means -42
	Margin       float64       // of speech over the noise, in dB; 0 means 9
}

func (o Options) withDefaults() Options {
	o.Pause = cmp.Or(o.Pause, 500*time.Millisecond)
	o.MachinePause = cmp.Or(o.MachinePause, 1200*time.Millisecond)
	o.Silence = cmp.Or(o.Silence, 2500*time.Millisecond)
	o.Longest = cmp.Or(o.Longest, 1900*time.Millisecond)
	o.MostWords = cmp.Or(o.MostWords, 5)
	o.Word = cmp.Or(o.Word, 80*time.Millisecond)
	o.Gap = cmp.Or(o.Gap, 60*time.Millisecond)
	o.Beep = cmp.Or(o.Beep, 140*time.Millisecond)
	o.Loudness = cmp.Or(o.Loudness, -42)
	o.Margin = cmp.Or(o.Margin, 9)
	return o
}

// Heard is what a Detector has made out. Times count from the first sample.
type Heard struct {
	Kind  Kind
	Spoke bool          // somebody, or something, has begun to speak
	Over  bool          // the greeting is over
	End   time.Duration // of its last sound, once it is over
	Beep  bool          // it ended with a machine's tone
}

// Done tells whether nothing more will be made out.
func (h Heard) Done() bool { return h.Kind != "" && h.Over }

// Detector listens to one callee. It is not safe for concurrent use.
type Detector struct {
	o     Options
	heard Heard
	now   time.Duration // the end of what was taken in
	noise float64       // its level, in dBm0

	begun  time.Duration // of the greeting
	loud   time.Duration // the end of the latest loud frame
	word   time.Duration // the beginning of the latest word
	inWord bool
	words  int

	tone   time.Duration // the latest pure tone has lasted so long
	toneHz float64
}

// New returns a detector that has heard nothing.
func New(o Options) *Detector {
	return &Detector{o: o.withDefaults(), noise: usualNoise}
}

// Heard is what has been made out so far.
func (d *Detector) Heard() Heard { return d.heard }

// shortest is the part of a frame below which nothing is measured.
const shortest = 8

// Write takes in the samples that began at a time, and returns what has been
// made out so far. Time between two writes that no samples tell of is silence.
func (d *Detector) Write(at time.Duration, pcm []int16) Heard {
	d.Quiet(at)
	if d.heard.Done() || len(pcm) < shortest {
		return d.heard
	}
	d.now = max(d.now, at) + audio.Duration(len(pcm))
	f := measure(pcm)
	switch d.toned(f, audio.Duration(len(pcm))); {
	case d.heard.Done():
	case d.isSpeech(f):
		d.speech(audio.Duration(len(pcm)))
	default:
		d.pause()
	}
	return d.heard
}

// slack is how much later than expected a frame may come before the time
// between counts as silence.
const slack = 60 * time.Millisecond

// Quiet takes in that nothing came until a time, as where silence is not sent.
func (d *Detector) Quiet(until time.Duration) Heard {
	if !d.heard.Done() && until > d.now+slack {
		d.now = until
		d.tone = 0
		d.pause()
	}
	return d.heard
}

// isSpeech tells a loud frame, and learns how loud the noise is.
func (d *Detector) isSpeech(f frame) bool {
	if f.level < d.noise {
		d.noise = max(f.level, leastNoise) // the softest is the noise
	} else {
		d.noise += min(f.level-d.noise, 40) * noiseRise
	}
	return f.level > max(d.o.Loudness, d.noise+d.o.Margin)
}

const (
	usualNoise = -60.0 // dBm0, before anything was heard: who speaks at once is no noise
	leastNoise = -80.0
	noiseRise  = 0.004 // how fast it is believed to have become louder, a frame
)

// speech takes in a loud frame.
func (d *Detector) speech(long time.Duration) {
	began := d.now - long
	if !d.inWord && began-d.loud >= d.o.Gap || d.words == 0 && !d.inWord {
		d.word, d.inWord = began, true
	} else if !d.inWord {
		d.inWord = true // the same word goes on
	}
	d.loud = d.now
	if d.now-d.word < d.o.Word {
		return
	}
	if !d.heard.Spoke {
		d.heard.Spoke, d.begun = true, d.word
	}
	d.judge()
}

// pause takes in a frame, or a time, in which nobody spoke.
func (d *Detector) pause() {
	if d.inWord && d.now-d.loud >= d.o.Gap {
		d.inWord = false
		if d.loud-d.word >= d.o.Word {
			d.words++
		}
	}
	wait := d.o.Pause
	if d.heard.Kind == Machine {
		wait = d.o.MachinePause
	}
	switch {
	case !d.heard.Spoke && d.now >= d.o.Silence:
		d.is(Human)
		d.over(0)
	case d.heard.Spoke && d.now-d.loud >= wait:
		d.judge()
		if d.heard.Kind == Machine && wait != d.o.MachinePause {
			return
		}
		d.is(Human) // unless it is known to be a machine
		d.over(d.loud)
	}
}

// judge looks whether what was said is too much for a person.
func (d *Detector) judge() {
	said := d.words
	if d.inWord && d.loud-d.word >= d.o.Word {
		said++
	}
	if d.loud-d.begun > d.o.Longest || said > d.o.MostWords {
		d.is(Machine)
	}
}

func (d *Detector) is(k Kind) {
	if d.heard.Kind == "" {
		d.heard.Kind = k
	}
}

func (d *Detector) over(end time.Duration) {
	if !d.heard.Over {
		d.heard.Over, d.heard.End = true, end
	}
}
