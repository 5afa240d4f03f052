package media

import "careline/audio"

// player is what a leg plays: playbacks one after another as one sound, else a
// clip over and over. Where silence would be sent there may be a filling.
type player struct {
	queue    []*Playback
	loop     *audio.Clip
	looped   audio.Playlist
	filling  *audio.Clip
	filled   audio.Playlist
	finished []*Playback // whose last sample was read, to be told when it has left
}

// add puts a playback behind those that wait, and ends a loop at once. It
// reports false for one that is through at once, as it is empty and none waits.
func (p *player) add(b *Playback) bool {
	p.loop = nil
	if len(p.queue) == 0 && b.list.Remaining() == 0 {
		return false
	}
	p.queue = append(p.queue, b)
	return true
}

// repeat plays clip over and over once the queue is through.
func (p *player) repeat(clip *audio.Clip) {
	p.loop = nil
	if clip != nil && clip.Samples() > 0 {
		p.loop, p.looped = clip, audio.NewPlaylist(clip)
	}
}

// fill sets the filling. One that is set already goes on where it is.
func (p *player) fill(clip *audio.Clip) {
	switch {
	case clip == nil || clip.Samples() == 0:
		p.filling = nil
	case clip != p.filling:
		p.filling, p.filled = clip, audio.NewPlaylist(clip)
	}
}

// stop ends everything, and returns the playbacks that were cut off.
func (p *player) stop() []*Playback {
	cut := p.queue
	p.queue, p.loop = nil, nil
	return cut
}

// playing tells whether there is something to read.
func (p *player) playing() bool { return len(p.queue) > 0 || p.loop != nil }

// read fills frame, with silence where nothing plays.
func (p *player) read(frame []byte, codec audio.Codec) {
	for len(frame) > 0 && p.playing() {
		n := p.part(frame, codec)
		frame = frame[n:]
	}
	for len(frame) > 0 && p.filling != nil {
		n := p.filled.Read(frame, codec)
		if p.filled.Remaining() == 0 {
			p.filled = audio.NewPlaylist(p.filling)
		}
		frame = frame[n:]
	}
	silence := codec.Silence()
	for i := range frame {
		frame[i] = silence
	}
}

// part reads from one playback, or once through the loop.
func (p *player) part(frame []byte, codec audio.Codec) int {
	if len(p.queue) == 0 {
		n := p.looped.Read(frame, codec)
		if p.looped.Remaining() == 0 {
			p.looped = audio.NewPlaylist(p.loop)
		}
		return n
	}
	head := p.queue[0]
	head.begun = true
	n := head.list.Read(frame, codec)
	p.settle()
	return n
}

// skip passes over n samples that are too late, of what has begun to play.
func (p *player) skip(n int) {
	for n > 0 && len(p.queue) > 0 && p.queue[0].begun {
		head := p.queue[0]
		k := min(n, head.list.Remaining())
		head.list.Skip(k)
		p.settle()
		n -= k
	}
}

// settle takes the playbacks off the queue of which all was read.
func (p *player) settle() {
	for len(p.queue) > 0 && p.queue[0].list.Remaining() == 0 {
		p.finished = append(p.finished, p.queue[0])
		p.queue[0] = nil
		p.queue = p.queue[1:]
	}
}
