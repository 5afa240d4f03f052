package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

// deafTCP is an address at which connecting takes until hear: its queue is full.
type deafTCP struct {
	testing.TB
	port   int
	file   *os.File
	filler net.Conn
}

func newDeafTCP(t testing.TB) *deafTCP {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		t.Fatal("listen:", err)
	}
	d := &deafTCP{TB: t, file: os.NewFile(uintptr(fd), "listener")}
	t.Cleanup(func() { d.file.Close() })
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	d.port = name.(*syscall.SockaddrInet4).Port
	if d.filler, err = net.Dial("tcp4", d.addr()); err != nil {
		t.Fatal("fill the queue:", err)
	}
	t.Cleanup(func() { d.filler.Close() })
	return d
}

func (d *deafTCP) addr() string { return fmt.Sprintf("127.0.0.1:%d", d.port) }

// tried waits until somebody tries to connect.
func (d *deafTCP) tried() {
	d.Helper()
	waiting := fmt.Appendf(nil, " 0100007F:%04X 02 ", d.port) // SYN_SENT
	await(d, generous, "a connection to be tried", func() bool {
		text, err := os.ReadFile("/proc/net/tcp")
		if err != nil {
			d.Fatal(err)
		}
		return bytes.Contains(text, waiting)
	})
}

// hear takes connections from now on.
func (d *deafTCP) hear(serve func(net.Conn)) {
	d.Helper()
	l, err := net.FileListener(d.file)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
}
