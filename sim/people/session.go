package people

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"careline/audio"
)

// session is what a phone reads of an SDP body: where to send what.
type session struct {
	addr   netip.AddrPort // invalid if no sound shall be sent there
	codecs []audio.Codec  // in the sender's order
	events int            // the payload type of telephone-event/8000; -1 for none
	hold   bool           // sendonly or inactive: we shall not send
}

// parseSession reads the first audio stream of an SDP body.
func parseSession(body []byte) (session, error) {
	s := session{events: -1}
	var host string
	var formats []string
	names := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000"}
	port, media := 0, 0
	for line := range strings.Lines(string(body)) {
		kind, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if kind == "m" {
			media++
			if media == 1 {
				port, formats = parseMedia(value)
			}
		}
		if media > 1 {
			break
		}
		switch {
		case kind == "c":
			if f := strings.Fields(value); len(f) == 3 {
				host = f[2]
			}
		case kind == "a" && strings.HasPrefix(value, "rtpmap:"):
			pt, name, _ := strings.Cut(strings.TrimPrefix(value, "rtpmap:"), " ")
			names[pt] = name
		case kind == "a" && (value == "sendonly" || value == "inactive"):
			s.hold = true
		}
	}
	return s.fill(host, port, formats, names)
}

func parseMedia(value string) (port int, formats []string) {
	f := strings.Fields(value)
	if len(f) < 4 || f[0] != "audio" {
		return 0, nil
	}
	port, _ = strconv.Atoi(f[1])
	return port, f[3:]
}

func (s session) fill(host string, port int, formats []string, names map[string]string) (session, error) {
	for _, pt := range formats {
		n, err := strconv.Atoi(pt)
		if err != nil {
			continue
		}
		if c, err := audio.ParseCodec(names[pt]); err == nil && int(c) == n {
			s.codecs = append(s.codecs, c)
		}
		if strings.EqualFold(names[pt], "telephone-event/8000") {
			s.events = n
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || formats == nil {
		return s, fmt.Errorf("session description without an audio stream and its address")
	}
	if port > 0 && !ip.IsUnspecified() {
		s.addr = netip.AddrPortFrom(ip, uint16(port))
	}
	return s, nil
}

// common is the first of ours that the other side has too.
func (s session) common(ours []audio.Codec) (audio.Codec, bool) {
	for _, c := range ours {
		if slices.Contains(s.codecs, c) {
			return c, true
		}
	}
	return 0, false
}

// describe writes the SDP body of a phone at addr.
func describe(addr netip.AddrPort, version int, codecs []audio.Codec, events uint8, direction string) []byte {
	var b strings.Builder
	ip := addr.Addr()
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n", addr.Port(), version, ip, ip)
	fmt.Fprintf(&b, "m=audio %d RTP/AVP", addr.Port())
	for _, c := range codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	if events > 0 {
		fmt.Fprintf(&b, " %d", events)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %v/8000\r\n", c, c)
	}
	if events > 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", events, events)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", direction)
	return []byte(b.String())
}
