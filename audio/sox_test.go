package audio_test

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"testing"
)

// sox runs the reference on in and returns what it writes. A machine without
// sox fails the test: there is nothing else to judge by.
func sox(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sox", args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("sox %q: %v\n%s", args, err, errs.Bytes())
	}
	return out.Bytes()
}

func toBytes(pcm []int16) []byte {
	var b []byte
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func fromBytes(b []byte) []int16 {
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// raw names headerless samples to sox.
func raw(encoding, bits, rate string) []string {
	return []string{"-D", "-t", "raw", "-e", encoding, "-b", bits, "-r", rate, "-c", "1", "-L", "-"}
}
