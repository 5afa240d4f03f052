package audio_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"careline/audio"
)

// written is a WAV file of pcm: one channel at Rate.
func written(t *testing.T, pcm []int16, f audio.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadWhatSoxWrites(t *testing.T) {
	pcm := everySample()
	for _, tt := range []struct {
		name string
		out  []string // what sox writes
		want []int16
	}{
		{"pcm", []string{"-t", "wav", "-b", "16", "-"}, pcm},
		{"a-law", []string{"-t", "wav", "-e", "a-law", "-"}, decode(audio.PCMA, soxLaw(t, pcm, "a-law"))},
		{"mu-law", []string{"-t", "wav", "-e", "mu-law", "-"}, decode(audio.PCMU, soxLaw(t, pcm, "mu-law"))},
		{"extensible", []string{"-t", "wav", "-b", "16", "-c", "4", "-"}, repeat(pcm, 4)},
		{"comment", []string{"--comment", "odd", "-t", "wav", "-b", "16", "-"}, pcm},
	} {
		b := sox(t, toBytes(pcm), append(raw("signed", "16", "8000"), tt.out...)...)
		got, err := audio.ReadWAV(bytes.NewReader(b))
		if err != nil || !slices.Equal(got.Samples, tt.want) || got.Rate != 8000 {
			t.Errorf("%s: %d samples at %d Hz, %v; want %d", tt.name, len(got.Samples), got.Rate, err, len(tt.want))
		}
	}
}

func soxLaw(t *testing.T, pcm []int16, law string) []byte {
	t.Helper()
	return sox(t, toBytes(pcm), append(raw("signed", "16", "8000"), raw(law, "8", "8000")[1:]...)...)
}

func repeat(pcm []int16, channels int) []int16 {
	out := make([]int16, 0, channels*len(pcm))
	for _, s := range pcm {
		for range channels {
			out = append(out, s)
		}
	}
	return out
}

func TestSoxReadsWhatWeWrite(t *testing.T) {
	for _, n := range []int{0, 1, 160, 161} { // odd lengths are filled up
		pcm := everySample()[100 : 100+n]
		for f, want := range map[audio.Format][]int16{
			audio.PCM16: pcm,
			audio.ALaw:  decode(audio.PCMA, encode(audio.PCMA, pcm)),
			audio.MuLaw: decode(audio.PCMU, encode(audio.PCMU, pcm)),
		} {
			args := append([]string{"-D", "-t", "wav", "-"}, raw("signed", "16", "8000")[1:]...)
			if got := fromBytes(sox(t, written(t, pcm, f), args...)); !slices.Equal(got, want) {
				t.Errorf("format %d: sox reads %d of %d samples", f, len(got), len(want))
			}
		}
	}
}

func TestWAVRoundTrip(t *testing.T) {
	in := audio.Sound{Rate: 48000, Channels: 2, Samples: everySample()}
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, in, audio.PCM16); err != nil {
		t.Fatal(err)
	}
	got, err := audio.ReadWAV(iotest.OneByteReader(&b))
	if err != nil || got.Rate != in.Rate || got.Channels != 2 || !slices.Equal(got.Samples, in.Samples) {
		t.Errorf("read %d Hz, %d channels, %d samples, %v", got.Rate, got.Channels, len(got.Samples), err)
	}
}

// chunk writes one chunk as it stands in a file, filled up to an even length.
func chunk(id, body string) string {
	n := len(body)
	head := id + string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	return head + body + strings.Repeat("\x00", n%2)
}

func riff(chunks ...string) string {
	body := "WAVE" + strings.Join(chunks, "")
	return chunk("RIFF", body)
}

const (
	fmtPCM  = "\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
	fmtALaw = "\x06\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00"
	fmtExt  = "\xfe\xff\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00" +
		"\x16\x00\x10\x00\x04\x00\x00\x00" + "\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
)

var wavCases = []struct {
	name, in string
	samples  int
	err      string // what the error says; empty for none
}{
	{"plain", riff(chunk("fmt ", fmtPCM), chunk("data", "abcd")), 2, ""},
	{"extensible", riff(chunk("fmt ", fmtExt), chunk("data", "abcd")), 2, ""},
	{"odd chunks before and after", riff(chunk("LIST", "abc"), chunk("fmt ", fmtALaw), chunk("cue ", "x"), chunk("data", "abc"), chunk("id3 ", "y")), 3, ""},
	{"half a sample", riff(chunk("fmt ", fmtPCM), chunk("data", "abc")), 1, ""},
	{"no sound", riff(chunk("fmt ", fmtPCM), chunk("data", "")), 0, ""},
	{"streamed", riff(chunk("fmt ", fmtPCM)) + "data\x00\xf0\xff\x7fabcdef", 3, ""},
	{"streamed, all ones", riff(chunk("fmt ", fmtPCM)) + "data\xff\xff\xff\xffabcd", 2, ""},
	{"empty", "", 0, `ends within the "RIFF" chunk`},
	{"mp3", "ID3\x03\x00\x00\x00\x00\x00\x00\x00\x00", 0, `begins with "ID3\x03"`},
	{"no data", riff(chunk("fmt ", fmtPCM)), 0, "no data chunk"},
	{"no fmt", riff(chunk("data", "abcd")), 0, "data chunk before the fmt chunk"},
	{"short fmt", riff(chunk("fmt ", fmtPCM[:14]), chunk("data", "")), 0, "fmt chunk of 14 bytes"},
	{"short extensible", riff(chunk("fmt ", fmtExt[:20]), chunk("data", "")), 0, "extensible fmt chunk of 20 bytes"},
	{"float", riff(chunk("fmt ", "\x03"+fmtPCM[1:]), chunk("data", "")), 0, "format 3 is none of"},
	{"24 bits", riff(chunk("fmt ", fmtPCM[:14]+"\x18\x00"), chunk("data", "")), 0, "24 bits a sample"},
	{"no channels", riff(chunk("fmt ", "\x01\x00\x00"+fmtPCM[3:]), chunk("data", "")), 0, "0 channels"},
	{"rate", riff(chunk("fmt ", fmtPCM[:4]+"\x01\x00\x00\x00"+fmtPCM[8:]), chunk("data", "")), 0, "rate 1 Hz"},
	{"cut in data", riff(chunk("fmt ", fmtPCM)) + "data\x08\x00\x00\x00abcd", 0, "data chunk ends after 4 of 8 bytes"},
	{"cut in LIST", riff() + "LIST\x08\x00\x00\x00ab", 0, `ends within the "LIST" chunk`},
	{"huge LIST", riff() + "LIST\xff\xff\xff\xff", 0, `"LIST" chunk of 4294967295 bytes is over the limit`},
	{"huge data", riff(chunk("fmt ", fmtPCM)) + "data\x00\x00\x00\x40", 0, "over the limit"},
}

func TestReadWAV(t *testing.T) {
	for _, tt := range wavCases {
		s, err := audio.ReadWAV(strings.NewReader(tt.in))
		switch {
		case tt.err == "" && (err != nil || len(s.Samples) != tt.samples):
			t.Errorf("%s: %d samples, %v; want %d", tt.name, len(s.Samples), err, tt.samples)
		case tt.err != "" && (!errors.Is(err, audio.ErrWAV) || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v; want %q", tt.name, err, tt.err)
		}
	}
}

func TestReadWAVPassesReaderErrorsOn(t *testing.T) {
	whole := riff(chunk("LIST", "ab"), chunk("fmt ", fmtPCM), chunk("data", "abcd"))
	for n := range len(whole) {
		r := io.MultiReader(strings.NewReader(whole[:n]), iotest.ErrReader(iotest.ErrTimeout))
		if _, err := audio.ReadWAV(r); !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("after %d bytes: %v; want the reader's error", n, err)
		}
	}
}

func TestWriteWAVRefuses(t *testing.T) {
	for name, s := range map[string]audio.Sound{
		"no channels": {Rate: 8000},
		"no rate":     {Channels: 1},
	} {
		if err := audio.WriteWAV(io.Discard, s, audio.PCM16); !errors.Is(err, audio.ErrWAV) {
			t.Errorf("%s: %v; want ErrWAV", name, err)
		}
	}
	if err := audio.WriteWAV(io.Discard, audio.Sound{Rate: 8000, Channels: 1}, 3); !errors.Is(err, audio.ErrWAV) {
		t.Errorf("format 3: %v; want ErrWAV", err)
	}
}

func TestSound(t *testing.T) {
	s := audio.Sound{Rate: 8000, Channels: 2, Samples: []int16{100, 300, -5, -5, 32767, 32767}}
	if got := s.Mono(); !slices.Equal(got, []int16{200, -5, 32767}) {
		t.Errorf("Mono = %d", got)
	}
	if got := s.Channel(1); !slices.Equal(got, []int16{300, -5, 32767}) {
		t.Errorf("Channel(1) = %d", got)
	}
	if got := s.Channel(2); got != nil {
		t.Errorf("Channel(2) = %d; want nil", got)
	}
	if got := (audio.Sound{Rate: 4, Channels: 2, Samples: make([]int16, 16)}).Duration(); got.Seconds() != 2 {
		t.Errorf("Duration = %v; want 2s", got)
	}
}

func FuzzReadWAV(f *testing.F) {
	for _, tt := range wavCases {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := audio.ReadWAV(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, audio.ErrWAV) {
				t.Fatalf("%v is not an ErrWAV", err)
			}
			return
		}
		var again bytes.Buffer
		if err = audio.WriteWAV(&again, s, audio.PCM16); err != nil {
			t.Fatalf("write what was read: %v", err)
		}
		same, err := audio.ReadWAV(&again)
		if err != nil || same.Rate != s.Rate || !slices.Equal(same.Samples, s.Samples) {
			t.Fatalf("read again: %v", err)
		}
		s.Mono()
	})
}
