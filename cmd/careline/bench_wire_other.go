//go:build !linux

package main

import (
	"errors"
	"net/netip"
)

// tap is known on Linux alone.
type tap struct{ saw wireSaw }

func openTap(netip.Addr) (*tap, error) {
	return nil, errors.New("listen to the loopback: this is done on Linux alone")
}

func (*tap) close() {}
