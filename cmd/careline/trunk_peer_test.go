package main

import (
	"net"
	"strings"
	"testing"
)

// carrierOf is as little of a carrier as will do: it answers OPTIONS with 200,
// and each INVITE with the status given. It returns its address.
func carrierOf(t *testing.T, listen, status string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", listen)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			if reply := replyTo(string(b[:n]), status); reply != "" {
				_, _ = conn.WriteTo([]byte(reply), from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// replyTo answers a request; empty is none.
func replyTo(request, status string) string {
	head, _, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	reply := map[string]string{"OPTIONS": "200 OK", "INVITE": status}[strings.Fields(lines[0] + " -")[0]]
	if reply == "" {
		return ""
	}
	reply = "SIP/2.0 " + reply + "\r\n"
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "Via", "From", "Call-ID", "CSeq":
			reply += line + "\r\n"
		case "To":
			reply += line + ";tag=carrier\r\n"
		}
	}
	return reply + "Content-Length: 0\r\n\r\n"
}
