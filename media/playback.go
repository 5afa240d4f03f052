package media

import "careline/audio"

// Playback is one request to play, from then until it is over.
type Playback struct {
	list  audio.Playlist
	begun bool
	done  chan struct{}
	ended bool // written before done is closed
}

func newPlayback(clips ...*audio.Clip) *Playback {
	return &Playback{list: audio.NewPlaylist(clips...), done: make(chan struct{})}
}

// Done is closed when its last frame has left, or when it was stopped.
func (p *Playback) Done() <-chan struct{} { return p.done }

// Ended tells, once Done is closed, whether all of it was played; false when it
// was stopped before its end.
func (p *Playback) Ended() bool {
	select {
	case <-p.done:
		return p.ended
	default:
		return false
	}
}

// finish is called once.
func (p *Playback) finish(ended bool) {
	p.ended = ended
	close(p.done)
}
