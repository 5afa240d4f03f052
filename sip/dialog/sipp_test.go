package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"careline/sip/dialog"
)

var sipps atomic.Int32

// freePorts returns an address that no other test uses, and two ports of it, as
// SIPp wants to be told where to listen.
func freePorts(t *testing.T) (ip string, ports [2]string) {
	t.Helper()
	ip = fmt.Sprintf("127.0.3.%d", sipps.Add(1))
	for i := range ports {
		conn, err := net.ListenPacket("udp4", ip+":0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		ports[i] = strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
	}
	return ip, ports
}

// sipp runs SIPp until the test ends, and returns its address and where its end
// will be told.
func sipp(t *testing.T, args ...string) (addr string, ended <-chan error) {
	t.Helper()
	ip, ports := freePorts(t)
	args = append([]string{"-i", ip, "-p", ports[0], "-ci", ip, "-cp", ports[1], "-nostdin"}, args...)
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	ch, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		ch <- cmd.Wait()
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return net.JoinHostPort(ip, ports[0]), ch
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
	_, done := sipp(t, "-sn", "uac", "-r", "100", "-m", "20", e.Addr().String())
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
	addr, ended := sipp(t, "-sf", scenario(t, "uas.xml"))
	for n := 0; n < 20; n++ {
		inv := dialog.Invite{Leg: dialog.NewLeg("sip:service@" + addr), From: dialog.Party{User: "us"}, Offer: []byte(sdp("us"))}
		r := get(t, "Invite", call(t.Context(), e, inv))
		if n == 0 && errors.Is(r.err, dialog.ErrNoResponse) && len(ended) == 0 {
			n-- // it has not started yet
			continue
		}
		if r.err != nil {
			t.Fatal(r.err)
		}
		if len(r.d.RemoteSDP()) == 0 {
			t.Error("sipp's answer has no session description")
		}
		if err := r.d.Bye(t.Context(), dialog.Reason{}); err != nil {
			t.Error(err)
		}
	}
}

// scenario is a SIPp scenario of ours.
func scenario(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// calm has SIPp take what it did not expect for what it is: our repetition of a
// message that it was slow to answer, with a T1 as short as here.
const calm = "all,-abortunexp"

// SIPp asks for credentials and has its 183 confirmed, as a carrier does.
func TestSippAnswersReliably(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	addr, ended := sipp(t, "-sf", scenario(t, "reliable-callee.xml"), "-default_behaviors", calm, "-m", "10")
	for n := 0; n < 10; n++ {
		inv := dialog.Invite{
			Leg: dialog.NewLeg("sip:service@" + addr), From: dialog.Party{User: "us"}, Offer: []byte(sdp("us")),
			Credentials: dialog.Credentials{User: "u", Password: "p"},
		}
		r := get(t, "Invite", call(t.Context(), e, inv))
		if n == 0 && errors.Is(r.err, dialog.ErrNoResponse) && len(ended) == 0 {
			n-- // it has not started yet
			continue
		}
		if r.err != nil {
			t.Fatal(r.err)
		}
		if len(r.d.RemoteSDP()) == 0 {
			t.Error("the session of the 183 was lost")
		}
		if err := r.d.Bye(t.Context(), dialog.Reason{}); err != nil {
			t.Error(err)
		}
	}
	if err := get(t, "sipp", ended); err != nil {
		t.Errorf("sipp: %v", err)
	}
}

// SIPp insists on confirming early media.
func TestSippCallsReliably(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		if err := in.Progress(ctx, 183, []byte(sdp("us")), dialog.Handlers{}); err != nil {
			t.Error(err)
			return
		}
		d, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{})
		if err != nil {
			t.Error(err)
			return
		}
		<-d.Done()
	}})
	_, done := sipp(t, "-sf", scenario(t, "reliable-caller.xml"), "-default_behaviors", calm, "-r", "50", "-m", "10", e.Addr().String())
	if err := get(t, "sipp", done); err != nil {
		t.Errorf("sipp: %v", err)
	}
}
