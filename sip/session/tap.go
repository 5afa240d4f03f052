package session

import (
	"encoding/binary"
	"slices"
	"time"

	"careline/media"
	"careline/sip/rtp"
)

// Tap has all sound that is received and sent recorded, until stop is called.
func (s *Session) Tap(r media.Recorder) (stop func()) {
	s.setTaps(func(list []media.Recorder) []media.Recorder { return append(list, r) })
	return func() {
		s.setTaps(func(list []media.Recorder) []media.Recorder {
			return slices.DeleteFunc(list, func(have media.Recorder) bool { return have == r })
		})
	}
}

// setTaps puts a changed list in the place of the old one, which may be in use.
func (s *Session) setTaps(change func([]media.Recorder) []media.Recorder) {
	s.tapsMu.Lock()
	defer s.tapsMu.Unlock()
	var list []media.Recorder
	if old := s.taps.Load(); old != nil {
		list = slices.Clone(*old)
	}
	if list = change(list); len(list) == 0 {
		s.taps.Store(nil)
		return
	}
	s.taps.Store(&list)
}

// record hands a frame to the taps.
func (s *Session) record(f media.Frame) {
	list := s.taps.Load()
	if list == nil {
		return
	}
	for _, r := range *list {
		r.Record(f)
	}
}

// recordSent hands a packet that was sent to the taps, unless it is a key.
func (s *Session) recordSent(p *peer, pkt []byte, at time.Time) {
	if s.taps.Load() == nil || pkt[1]&0x7f != p.PT {
		return
	}
	s.record(media.Frame{
		Side: media.NearEnd, Codec: p.Codec, At: at, Sound: pkt[rtp.HeaderSize:],
		Timestamp: binary.BigEndian.Uint32(pkt[4:]), SSRC: binary.BigEndian.Uint32(pkt[8:]),
	})
}
