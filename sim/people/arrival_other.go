//go:build !linux || (!amd64 && !arm64)

package people

import (
	"net"
	"time"
)

func stampArrivals(*net.UDPConn) {}

func arrival([]byte) time.Time { return time.Time{} }
