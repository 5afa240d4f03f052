package sip_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/sip"
)

// What was turned away and what went wrong is counted, and said in the log.
func TestFiguresAreTold(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	log := &text{}
	d, err := sip.New(sip.Options{
		Log:    slog.New(slog.NewTextHandler(log, nil)),
		Trunks: []sip.Trunk{{Name: "carrier", Address: conn.LocalAddr().String(), Options: -1}},
		OnCall: func(context.Context, call.Incoming) { panic("a fault of ours") },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	stranger, err := net.Dial("udp4", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	fmt.Fprint(stranger, "OPTIONS sip:x SIP/2.0\r\n\r\n")
	invite := fmt.Sprintf("INVITE sip:x@%[1]v SIP/2.0\r\nVia: SIP/2.0/UDP %[2]v;branch=z9hG4bKx;rport\r\nFrom: <sip:a@b>;tag=a\r\n"+
		"To: <sip:x@%[1]v>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@%[2]v>\r\nContent-Length: 0\r\n\r\n", d.Addr(), conn.LocalAddr())
	if _, err := conn.WriteToUDPAddrPort([]byte(invite), d.Addr()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	for text := ""; !strings.HasPrefix(text, "SIP/2.0 500"); {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal("no answer to a call whose handler panicked:", err)
		}
		text = string(buf[:n])
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if s := d.Stats(); s.Dropped != 1 || s.Panics != 1 {
		t.Errorf("Stats = %+v; want one packet dropped and one panic", s)
	}
	for _, want := range []string{"level=ERROR msg=\"sip figures\" dropped=1", "panics=1", "sip handler panicked"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
}
