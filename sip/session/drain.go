package session

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"time"
)

// maxDrain is how many datagrams are taken in by one drain: more than a socket
// holds, unless a flood goes on.
const maxDrain = 4096

// past is a deadline that has passed, which wakes a blocked read.
var past = time.Unix(1, 0)

// Drain returns when everything that had arrived at the socket has been taken
// in, so that a key which was pressed just before a hang-up is in Keys.
func (s *Session) Drain(ctx context.Context) {
	done := make(chan struct{})
	select {
	case s.in.drain <- done:
	case <-s.ended:
		return
	case <-ctx.Done():
		return
	}
	_ = s.conn.SetReadDeadline(past) // fails on a closed socket only, which has ended
	select {
	case <-done:
	case <-s.ended:
	case <-ctx.Done():
	}
}

// drain takes in what the socket holds, and answers the requests to do so. A
// request made meanwhile sets the deadline again, and is answered after the
// next read.
func (s *Session) drain() {
	_ = s.conn.SetReadDeadline(time.Time{})
	for {
		select {
		case done := <-s.in.drain:
			s.takeAll()
			close(done)
		default:
			return
		}
	}
}

// takeAll takes in what the socket holds. A read with a deadline does not do,
// as it may end before the socket is empty.
func (s *Session) takeAll() {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for range maxDrain {
			n, from, err := syscall.Recvfrom(int(fd), s.in.buf[:], syscall.MSG_DONTWAIT)
			switch {
			case errors.Is(err, syscall.EINTR):
			case err != nil:
				return
			default:
				s.take(s.in.buf[:n], addrPort(from), time.Now())
			}
		}
	})
}

func addrPort(from syscall.Sockaddr) netip.AddrPort {
	switch a := from.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	default:
		return netip.AddrPort{}
	}
}
