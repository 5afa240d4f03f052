package trace

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"
)

// linkRaw is the link type of packets that begin with an IP header.
const linkRaw = 101

// packet is one time that a message passed.
type packet struct {
	at time.Time
	*Message
}

// WritePcap writes the messages of logs as a file of packets that Wireshark
// opens, repeats included. Each is written as one UDP packet, whatever it came
// by: what it came by is in its Via.
func WritePcap(w io.Writer, logs ...Log) error {
	out := bufio.NewWriter(w)
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	head = binary.LittleEndian.AppendUint16(head, 2)
	head = binary.LittleEndian.AppendUint16(head, 4)
	head = append(head, 0, 0, 0, 0, 0, 0, 0, 0)
	head = binary.LittleEndian.AppendUint32(head, 1<<16)
	head = binary.LittleEndian.AppendUint32(head, linkRaw)
	out.Write(head) //nolint:errcheck // Flush returns it
	for _, p := range packets(logs) {
		data := p.ip()
		rec := binary.LittleEndian.AppendUint32(nil, uint32(p.at.Unix()))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(p.at.Nanosecond()/1000))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(len(data)))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(len(data)))
		out.Write(append(rec, data...)) //nolint:errcheck // Flush returns it
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write packets: %w", err)
	}
	return nil
}

// packets are all messages with their repeats, in the order of time.
func packets(logs []Log) []packet {
	var all []packet
	for _, l := range logs {
		for i := range l.Messages {
			m := &l.Messages[i]
			all = append(all, packet{m.At, m})
			for _, d := range m.Again {
				all = append(all, packet{m.At.Add(d), m})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b packet) int { return a.at.Compare(b.at) })
	return all
}

// ip is the packet with its headers.
func (p packet) ip() []byte {
	src, dst := p.Local, p.Remote
	if !p.Sent {
		src, dst = dst, src
	}
	from, to := src.Addr().Unmap(), dst.Addr().Unmap()
	if !from.IsValid() || !to.IsValid() || from.Is4() != to.Is4() {
		from, to = as6(from), as6(to)
	}
	udp := binary.BigEndian.AppendUint16(nil, src.Port())
	udp = binary.BigEndian.AppendUint16(udp, dst.Port())
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(p.Data)))
	udp = append(udp, 0, 0)
	udp = append(udp, p.Data...)
	pseudo := append(from.AsSlice(), to.AsSlice()...)
	pseudo = append(pseudo, 0, 17)
	pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(udp)))
	binary.BigEndian.PutUint16(udp[6:], cmp.Or(checksum(pseudo, udp), 0xffff))
	if from.Is4() {
		return append(header4(from, to, len(udp)), udp...)
	}
	return append(header6(from, to, len(udp)), udp...)
}

// as6 is an address as IPv6 writes it; an unknown one is unspecified.
func as6(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return netip.IPv6Unspecified()
	}
	return netip.AddrFrom16(a.As16())
}

func header4(from, to netip.Addr, payload int) []byte {
	h := []byte{0x45, 0}
	h = binary.BigEndian.AppendUint16(h, uint16(20+payload))
	h = append(h, 0, 0, 0x40, 0, 64, 17, 0, 0)
	h = append(h, from.AsSlice()...)
	h = append(h, to.AsSlice()...)
	binary.BigEndian.PutUint16(h[10:], checksum(h))
	return h
}

func header6(from, to netip.Addr, payload int) []byte {
	h := []byte{0x60, 0, 0, 0}
	h = binary.BigEndian.AppendUint16(h, uint16(payload))
	h = append(h, 17, 64)
	h = append(h, from.AsSlice()...)
	return append(h, to.AsSlice()...)
}

// checksum is that of the Internet (RFC 1071). All parts but the last have an
// even length.
func checksum(parts ...[]byte) uint16 {
	var sum uint32
	for _, p := range parts {
		for len(p) > 1 {
			sum += uint32(p[0])<<8 | uint32(p[1])
			p = p[2:]
		}
		if len(p) > 0 {
			sum += uint32(p[0]) << 8
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
