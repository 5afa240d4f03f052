package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

// benchFarEndCmd is the other process of bench media.
type benchFarEndCmd struct {
	Calls int  `default:"1" help:"Calls at once."`
	Talk  bool `help:"Send as many packets as are received."`
}

// Run does what it is told on its standard input, until that ends.
func (c *benchFarEndCmd) Run(a *app) error {
	var ears []*ear
	var says farSays
	for range c.Calls {
		e, err := newEar()
		if err != nil {
			return fmt.Errorf("far end: %w", err)
		}
		ears = append(ears, e)
		says.Addrs = append(says.Addrs, e.conn.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	if err := json.NewEncoder(a.out).Encode(says); err != nil {
		return fmt.Errorf("far end: %w", err)
	}
	in := bufio.NewReader(a.in)
	for {
		var told farTold
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err = errors.Join(err, json.Unmarshal(line, &told)); err != nil {
			return fmt.Errorf("far end: %w", err)
		}
		if err := c.obey(a, ears, told); err != nil {
			return fmt.Errorf("far end: %w", err)
		}
	}
}

func (c *benchFarEndCmd) obey(a *app, ears []*ear, told farTold) error {
	switch told.Do {
	case "talk":
		for _, e := range ears {
			go e.listen()
		}
		if c.Talk {
			talk(a.ctx, ears, told.To)
		}
	case "begin":
		for _, e := range ears {
			e.on.Store(true)
		}
	case "report":
		for _, e := range ears {
			_ = e.conn.Close()
			<-e.done
		}
		return json.NewEncoder(a.out).Encode(farSays{Saw: look(ears)})
	}
	return nil
}

// ear is the far end of one call.
type ear struct {
	conn *net.UDPConn
	on   atomic.Bool // offsets are noted
	done chan struct{}

	offsets []int32 // of arrival against timestamp, in microseconds; of the first packet: 0

	src rtp.Source
	to  netip.AddrPort
	buf [rtp.HeaderSize + audio.FrameSamples]byte
}

func newEar() (*ear, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	return &ear{conn: conn, done: make(chan struct{}), src: rtp.NewRandomSource()}, nil
}

// listen notes when packets arrive, until the socket is closed.
func (e *ear) listen() {
	defer close(e.done)
	var buf [rtp.MaxPacket]byte
	var p rtp.Packet
	var start time.Time
	var origin uint32
	for {
		n, _, err := e.conn.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			return
		}
		now := time.Now()
		if !e.on.Load() || rtp.Parse(buf[:n], &p) != nil {
			continue
		}
		if start.IsZero() {
			start, origin = now, p.Timestamp
		}
		due := time.Duration(p.Timestamp-origin) * time.Second / audio.Rate
		e.offsets = append(e.offsets, int32((now.Sub(start)-due)/time.Microsecond))
	}
}

// talk sends silence to each call, in the rhythm of a clock.
func talk(ctx context.Context, ears []*ear, to []netip.AddrPort) {
	clock := media.NewClock(media.ClockOptions{})
	for i, e := range ears {
		e.to = to[i]
		clock.Add(e)
	}
	go func() { _ = clock.Run(ctx) }()
}

// Tick sends a packet.
func (e *ear) Tick(time.Time) {
	rtp.PutHeader(e.buf[:], e.src.Next(uint8(audio.PCMA), audio.FrameSamples, false))
	_, _ = e.conn.WriteToUDPAddrPort(e.buf[:], e.to)
}

// look sums up what the ears have noted.
func look(ears []*ear) *farSaw {
	saw := &farSaw{CPU: (cpuTime().user + cpuTime().system).Seconds()}
	var all []int32
	for _, e := range ears {
		saw.DriftMS = max(saw.DriftMS, drift(e.offsets))
		if len(e.offsets) == 0 {
			continue
		}
		earliest := slices.Min(e.offsets)
		for _, x := range e.offsets {
			all = append(all, x-earliest)
		}
	}
	saw.Packets = uint64(len(all))
	slices.Sort(all)
	saw.LateMS = lateness{P50: percentile(all, 0.5), P99: percentile(all, 0.99), P999: percentile(all, 0.999), Max: percentile(all, 1)}
	return saw
}

// drift is how far a stream has moved from its first second to its last, in
// milliseconds. Each second is judged by its earliest packet, as others are late
// for other reasons.
func drift(offsets []int32) float64 {
	const second = 50
	if len(offsets) < 2*second {
		return 0
	}
	d := slices.Min(offsets[len(offsets)-second:]) - slices.Min(offsets[:second])
	return float64(max(d, -d)) / 1000
}

// percentile is the value, in milliseconds, that the share p of sorted does not
// exceed.
func percentile(sorted []int32, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(p*float64(len(sorted))+0.5) - 1
	return float64(sorted[min(max(i, 0), len(sorted)-1)]) / 1000
}
