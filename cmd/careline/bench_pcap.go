package main

import (
	"encoding/binary"
	"time"
)

// keyPayload is the payload type that sipp's scenarios give telephone-event.
const keyPayload = 97

// pcapOfKey is a capture of one key pressed for 100 ms, as RFC 4733 has it: a
// packet each 20 ms, the last three with the end bit. sipp plays it to its call.
func pcapOfKey(event byte) string {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)              // zone, accuracy
	b = binary.LittleEndian.AppendUint32(b, 65535) // longest packet
	b = binary.LittleEndian.AppendUint32(b, 1)     // Ethernet
	for i := range 8 {
		frame := ethernetFrame(keyPacket(event, i))
		at := time.Duration(i) * 20 * time.Millisecond
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(at/time.Microsecond))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = append(b, frame...)
	}
	return string(b)
}

// keyPacket is the i-th RTP packet of the key: five while it is down, three that
// tell its end.
func keyPacket(event byte, i int) []byte {
	p := []byte{0x80, keyPayload}
	if i == 0 {
		p[1] |= 0x80 // marker
	}
	p = binary.BigEndian.AppendUint16(p, uint16(1000+100*int(event)+i))
	p = binary.BigEndian.AppendUint32(p, 8000*uint32(event+1))
	p = binary.BigEndian.AppendUint32(p, 0xcafe)
	flags := byte(10) // volume
	if i >= 5 {
		flags |= 0x80
	}
	p = append(p, event, flags)
	return binary.BigEndian.AppendUint16(p, uint16(160*min(i+1, 5)))
}

// ethernetFrame wraps a UDP payload; sipp writes its own addresses.
func ethernetFrame(payload []byte) []byte {
	f := append(make([]byte, 12), 0x08, 0x00)
	f = append(f, 0x45, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(20+8+len(payload)))
	f = append(f, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1)
	f = binary.BigEndian.AppendUint16(f, 4000)
	f = binary.BigEndian.AppendUint16(f, 4002)
	f = binary.BigEndian.AppendUint16(f, uint16(8+len(payload)))
	f = append(f, 0, 0)
	return append(f, payload...)
}
