package main

import (
	"testing"

	"careline/call"
)

func TestFarSide(t *testing.T) {
	for _, tt := range []struct {
		sound call.Sound
		want  string
	}{
		{call.Sound{}, ""},
		{call.Sound{Told: 2, PeerLost: 3, PeerJitterMS: 1.25}, " The far end told of 3 lost, jitter 1.2 ms."},
		{call.Sound{Told: 2, RTTMS: 41.7, Secure: true}, " The far end told of 0 lost, jitter 0.0 ms, 42 ms there and back. It was encrypted."},
	} {
		if got := farSide(&tt.sound); got != tt.want {
			t.Errorf("farSide(%+v) = %q; want %q", tt.sound, got, tt.want)
		}
	}
}
