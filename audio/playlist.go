package audio

// Playlist reads clips one after another, as one sound without gaps: where a
// clip ends within a frame the next one begins there. The zero value is empty.
type Playlist struct {
	clips []*Clip
	at    int // the next sample of the first clip
}

// NewPlaylist is a playlist of clips, in order.
func NewPlaylist(clips ...*Clip) Playlist { return Playlist{clips: clips} }

// Read fills dst with the next samples in that law and returns how many there
// were; fewer than len(dst) at the end only, then 0.
func (p *Playlist) Read(dst []byte, codec Codec) int {
	n := 0
	for n < len(dst) && len(p.clips) > 0 {
		rest := p.clips[0].Encoded(codec)[p.at:]
		k := copy(dst[n:], rest)
		n += k
		p.advance(k, len(rest))
	}
	return n
}

func (p *Playlist) advance(k, rest int) {
	if k < rest {
		p.at += k
		return
	}
	p.clips, p.at = p.clips[1:], 0
}

// Skip passes over n samples, as when they are too late to be sent.
func (p *Playlist) Skip(n int) {
	for n > 0 && len(p.clips) > 0 {
		rest := p.clips[0].Samples() - p.at
		k := min(n, rest)
		n -= k
		p.advance(k, rest)
	}
}

// Remaining is how many samples are left.
func (p *Playlist) Remaining() int {
	n := -p.at
	for _, c := range p.clips {
		n += c.Samples()
	}
	return n
}
