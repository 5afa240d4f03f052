package dialog_test

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"careline/sip/dialog"
)

// freePort returns a port that nobody has right now, for a program that wants
// to be told one.
func freePort(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
}

// sipp runs SIPp for 20 calls and returns its port, and where its end will be
// told.
func sipp(t *testing.T, args ...string) (port string, ended <-chan error) {
	t.Helper()
	port = freePort(t)
	args = append([]string{
		"-i", "127.0.0.1", "-p", port, "-ci", "127.0.0.1", "-cp", freePort(t),
		"-nostdin", "-timeout", "20", "-timeout_error", "-m", "20",
	}, args...)
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	ch := make(chan error, 1)
	go func() {
		defer stop()
		ch <- cmd.Wait()
	}()
	return port, ch
}

func TestSippCalls(t *testing.T) {
	t.Parallel()
	ended := make(chan dialog.Ending, 99)
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		d, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{})
		if err != nil {
			t.Error(err)
			return
		}
		<-d.Done()
		ended <- d.Ending()
	}})
	_, done := sipp(t, "-sn", "uac", "-r", "100", e.Addr().String())
	for range 20 {
		if got := get(t, "end of a call", ended); got.By != dialog.ByRemote {
			t.Errorf("Ending = %+v", got)
		}
	}
	if err := get(t, "sipp", done); err != nil {
		t.Errorf("sipp: %v", err)
	}
}

func TestSippAnswers(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	scenario, err := filepath.Abs("testdata/uas.xml")
	if err != nil {
		t.Fatal(err)
	}
	port, done := sipp(t, "-sf", scenario)
	for range 20 {
		inv := dialog.Invite{Leg: dialog.NewLeg("sip:service@127.0.0.1:" + port), From: dialog.Party{User: "us"}, Offer: []byte(sdp("us"))}
		d := answered(t, call(t.Context(), e, inv))
		if len(d.RemoteSDP()) == 0 {
			t.Error("sipp's answer has no session description")
		}
		if err := d.Bye(t.Context(), dialog.Reason{}); err != nil {
			t.Error(err)
		}
	}
	if err := get(t, "sipp", done); err != nil {
		t.Errorf("sipp: %v", err)
	}
}
