package people_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

// labels are what was heard, in order.
func labels(heard []people.Heard) []string {
	var out []string
	for _, h := range heard {
		out = append(out, h.Label)
	}
	return out
}

func hear(t *testing.T, book []people.Prompt, pcm []int16) []people.Heard {
	t.Helper()
	heard, err := people.Hear(book, pcm)
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

// Each prompt is found at each alignment to the packets, in both laws, and its
// end is where it is.
func TestHearAtAllAlignments(t *testing.T) {
	book := prompts(3)
	for offset := range audio.FrameSamples {
		for _, codec := range []audio.Codec{audio.PCMU, audio.PCMA} {
			p := book[offset%len(book)]
			lead := silence(1000 + offset)
			heard := hear(t, book, through(codec, join(lead, p.Samples, silence(900))))
			if got := fmt.Sprint(labels(heard)); got != fmt.Sprint([]string{p.Label}) {
				t.Fatalf("offset %d in %v: heard %v; want %s", offset, codec, got, p.Label)
			}
			end := audio.Duration(len(lead) + len(p.Samples))
			if off := end - heard[0].End; off < 0 || off > 30*time.Millisecond {
				t.Errorf("offset %d: the end was heard %v before it was", offset, off)
			}
		}
	}
}

// Whichever one packet is lost, the prompt is heard.
func TestHearWithOnePacketLost(t *testing.T) {
	book := prompts(4)
	for _, p := range book {
		whole := through(audio.PCMA, join(silence(777), p.Samples, silence(500)))
		for lost := 0; lost < len(whole); lost += audio.FrameSamples {
			pcm := append([]int16(nil), whole...)
			clear(pcm[lost:min(lost+audio.FrameSamples, len(pcm))])
			if got := fmt.Sprint(labels(hear(t, book, pcm))); got != fmt.Sprint([]string{p.Label}) {
				t.Fatalf("%s without the packet at %d: heard %v", p.Label, lost, got)
			}
		}
	}
}

// Thirty prompts of one voice, all in a row at odd places: each is heard once,
// in order, and nothing else. Half of them make no sound in the other half.
func TestHearsNothingElse(t *testing.T) {
	all := prompts(30)
	var pcm []int16
	var want []string
	for i, p := range all {
		pcm = append(pcm, silence(37*i)...)
		pcm = append(pcm, p.Samples...)
		want = append(want, p.Label)
	}
	pcm = through(audio.PCMU, pcm)
	if got := labels(hear(t, all, pcm)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("heard %v; want %v", got, want)
	}
	for _, p := range all[15:] {
		if got := labels(hear(t, all[:15], through(audio.PCMA, p.Samples))); got != nil {
			t.Errorf("heard %v in %s", got, p.Label)
		}
	}
}

func TestHear(t *testing.T) {
	a, b, c := speech(1, 8), speech(2, 8), speech(3, 8)
	book := []people.Prompt{
		{Label: "a", Samples: a},
		{Label: "ab", Samples: join(a, b)},
		{Label: "cb", Samples: join(c, b)},
		{Label: "b", Samples: b},
		{Label: "tone", Samples: audio.Tone{Hz: []float64{440}, Level: -16}.PCM(700 * time.Millisecond)},
	}
	quiet := func(pcm []int16) []int16 {
		out := make([]int16, len(pcm))
		for i, s := range pcm {
			out[i] = s / 9
		}
		return out
	}
	for _, tt := range []struct {
		name string
		pcm  []int16
		want []string
	}{
		{"what it begins with is heard too", join(a, b, silence(99)), []string{"a", "ab"}},
		{"the longest of those that end together", join(c, b, silence(99)), []string{"cb"}},
		{"alone", join(silence(5), b, silence(99)), []string{"b"}},
		{"twice", join(c, b, silence(5000), c, b), []string{"cb", "cb"}},
		{"at once again", join(b, b, b), []string{"b", "b", "b"}},
		{"cut before its end", join(c, b[:len(b)*7/10], silence(4000)), nil},
		{"cut by another", join(c, b[:len(b)/2], a, silence(4000)), []string{"a"}},
		{"its beginning missed", join(b[2000:], silence(99)), []string{"b"}},
		{"quiet", join(quiet(b), silence(99)), []string{"b"}},
		{"a tone", join(silence(333), book[4].Samples, silence(4000)), []string{"tone"}},
		{"nothing", silence(8000), nil},
	} {
		if got := labels(hear(t, book, through(audio.PCMA, tt.pcm))); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: heard %v; want %v", tt.name, got, tt.want)
		}
	}
}

func TestHearRefusesBooks(t *testing.T) {
	a := speech(1, 4)
	for _, tt := range []struct {
		name string
		book []people.Prompt
	}{
		{"silent", []people.Prompt{{Label: "x", Samples: silence(8000)}}},
		{"empty", []people.Prompt{{Label: "x"}}},
		{"short", []people.Prompt{{Label: "x", Samples: a[300:600]}}},
		{"the same", []people.Prompt{{Label: "x", Samples: a}, {Label: "y", Samples: a}}},
	} {
		if _, err := people.Hear(tt.book, nil); !errors.Is(err, people.ErrBook) {
			t.Errorf("%s: %v; want ErrBook", tt.name, err)
		}
	}
}

func BenchmarkHear(b *testing.B) {
	book := prompts(40)
	var pcm []int16
	for _, p := range book {
		pcm = append(pcm, p.Samples...)
	}
	for b.Loop() {
		if _, err := people.Hear(book, pcm); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100*b.Elapsed().Seconds()/float64(b.N)/audio.Duration(len(pcm)).Seconds(), "%core/leg")
}

// The prompts that ship, one voice a language, are told apart: each is heard
// once in a row of all of them.
func TestHearExamples(t *testing.T) {
	for _, language := range []string{"zh", "en"} {
		book := examples(t, "../../examples/prompts/"+language)
		if len(book) < 15 {
			t.Errorf("%d prompts in %s; want more to try", len(book), language)
		}
		var pcm []int16
		var want []string
		for i, p := range book {
			pcm = append(pcm, silence(31*i)...)
			pcm = append(pcm, p.Samples...)
			want = append(want, p.Label)
		}
		if got := labels(hear(t, book, through(audio.PCMU, pcm))); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("heard\n%v\nwant\n%v", got, want)
		}
	}
}

// examples are the prompts of a directory that are longer than a second.
func examples(t *testing.T, dir string) []people.Prompt {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.wav"))
	if err != nil {
		t.Fatal(err)
	}
	var book []people.Prompt
	for _, file := range files {
		if pcm := recorded(t, file); len(pcm) > audio.Rate {
			book = append(book, people.Prompt{Label: filepath.Base(file), Samples: pcm})
		}
	}
	return book
}
