package twilio_test

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "6") // they wait for sound and for Twilio, not for the processor
	os.Exit(m.Run())
}
