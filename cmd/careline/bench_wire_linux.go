package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tap listens to what passes over the loopback: keys on their way to the
// service, and its sound. The kernel tells when each packet passed.
type tap struct {
	fd   int
	quit atomic.Bool
	done chan struct{}
	saw  wireSaw
}

// openTap listens to the service, which has an address of its own.
func openTap(host netip.Addr) (*tap, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("listen to the loopback: %w; it needs root, or CAP_NET_RAW", err)
	}
	w := &tap{fd: fd, done: make(chan struct{}), saw: wireSaw{keys: make(map[uint16]keyed)}}
	if err := w.prepare(host); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("listen to the loopback: %w", err)
	}
	go w.listen()
	return w, nil
}

func (w *tap) prepare(host netip.Addr) error {
	filter := wireFilter(host)
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.SetsockoptSockFprog(w.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(w.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(w.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20); err != nil {
		return err
	}
	if err := unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}); err != nil {
		return err
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	const ipv4 = unix.ETH_P_IP>>8 | unix.ETH_P_IP&0xff<<8 // in the network's order
	return unix.Bind(w.fd, &unix.SockaddrLinklayer{Protocol: ipv4, Ifindex: lo.Index})
}

// wireFilter lets through keys to a host, and from there sound of 20 ms which is
// not silence, whose bytes are all the same.
func wireFilter(host netip.Addr) []unix.SockFilter {
	const drop, key, take = 0xfe, 0xfd, 0xfc // resolved below
	ip := host.As4()
	us := binary.BigEndian.Uint32(ip[:])
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 9},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.IPPROTO_UDP, Jf: drop},
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: keySize, Jt: key},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: soundSize, Jf: drop},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 12}, // source
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: us, Jf: drop},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: soundAt},
		{Code: unix.BPF_MISC | unix.BPF_TAX},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: soundAt + 31},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X, Jf: take},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: soundAt + 77},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X, Jf: take},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: soundAt + 121},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X, Jt: drop, Jf: take},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 16}, // destination of a key
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: us, Jf: drop},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: ipSize + 9},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0x7f},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: keyPayload, Jf: drop},
		{Code: unix.BPF_RET | unix.BPF_K, K: soundSize}, // take
		{Code: unix.BPF_RET | unix.BPF_K},               // drop
	}
	to := map[uint8]int{key: 15, take: len(code) - 2, drop: len(code) - 1}
	for i := range code {
		if at, named := to[code[i].Jt]; named {
			code[i].Jt = uint8(at - i - 1)
		}
		if at, named := to[code[i].Jf]; named {
			code[i].Jf = uint8(at - i - 1)
		}
	}
	return code
}

// listen notes what passes until close.
func (w *tap) listen() {
	defer close(w.done)
	buf, aside := make([]byte, soundSize), make([]byte, 128)
	for !w.quit.Load() {
		n, beside, _, _, err := unix.Recvmsg(w.fd, buf, aside, 0)
		if err != nil {
			continue // nothing has come for a while
		}
		w.saw.see(buf[:n], passedAt(aside[:beside]))
	}
}

// passedAt reads the kernel's time of a packet.
func passedAt(aside []byte) time.Time {
	list, err := unix.ParseSocketControlMessage(aside)
	if err != nil {
		return time.Now()
	}
	for _, m := range list {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			return time.Unix((*unix.Timespec)(unsafe.Pointer(&m.Data[0])).Unix())
		}
	}
	return time.Now()
}

// close stops listening. What was seen may be read from then on.
func (w *tap) close() {
	if w == nil || w.quit.Swap(true) {
		return
	}
	<-w.done
	if s, err := unix.GetsockoptTpacketStats(w.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		w.saw.dropped = int(s.Drops)
	}
	_ = unix.Close(w.fd)
}
