//go:build linux && (amd64 || arm64)

package people

import (
	"encoding/binary"
	"net"
	"syscall"
	"time"
)

// stampArrivals asks the kernel for the time at which each packet arrives, so
// that a late reader does not make the sender late.
func stampArrivals(c *net.UDPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1)
	})
}

// arrival reads the kernel's stamp from a packet's control data: a header of
// length, level and type, then seconds and nanoseconds. It is zero if there is
// none.
func arrival(oob []byte) time.Time {
	if len(oob) < 32 {
		return time.Time{}
	}
	ne := binary.NativeEndian
	if ne.Uint32(oob[8:]) != syscall.SOL_SOCKET || ne.Uint32(oob[12:]) != syscall.SO_TIMESTAMPNS {
		return time.Time{}
	}
	return time.Unix(int64(ne.Uint64(oob[16:])), int64(ne.Uint64(oob[24:])))
}
