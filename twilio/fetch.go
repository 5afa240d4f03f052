package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/audio"
	"careline/call"
	"careline/ivr"
)

// Messages keeps what is known of the messages that callers have left. The store
// is one.
type Messages interface {
	// RecordingsElsewhere returns the messages that a carrier still has and that
	// were left between two times; those with a File are here as well.
	RecordingsElsewhere(ctx context.Context, carrier string, since, before time.Time) ([]call.Recording, error)
	// FetchedRecording notes that a message is here. It reports false where the
	// file is of no use any more.
	FetchedRecording(ctx context.Context, m ivr.Message) (bool, error)
	// GoneRecording notes that the carrier has a message no more.
	GoneRecording(ctx context.Context, id string) error
}

// How messages are fetched.
const (
	fetchEvery = 20 * time.Second
	fetchFor   = 7 * 24 * time.Hour // then a message is given up
	fetchTime  = 2 * time.Minute    // for one
	leastRetry = 15 * time.Second   // after a failure, doubled by each further one
	mostRetry  = time.Hour
	mostWAV    = 64 << 20 // bytes
)

// fetcher brings messages here. It belongs to one goroutine.
type fetcher struct {
	c       *Carrier
	retries map[string]retry // by message
}

// retry is a message that could not be fetched.
type retry struct {
	at   time.Time
	wait time.Duration
}

// keeps tells whether messages are taken.
func (c *Carrier) keeps() bool { return c.opt.Messages != nil && c.opt.Directory != "" }

// fetchSoon has the messages looked after now.
func (c *Carrier) fetchSoon() {
	select {
	case c.fetches <- struct{}{}:
	default:
	}
}

// fetchMessages fetches the messages that Twilio has recorded, and deletes them
// there, until ctx ends.
func (c *Carrier) fetchMessages(ctx context.Context) {
	if !c.keeps() {
		return
	}
	f := &fetcher{c: c, retries: make(map[string]retry)}
	beat := time.NewTicker(fetchEvery)
	defer beat.Stop()
	if err := os.MkdirAll(c.opt.Directory, 0o750); err != nil {
		c.log.Error("no place for messages", "err", err)
	}
	for {
		f.look(ctx, time.Now())
		select {
		case <-beat.C:
		case <-c.fetches: // one is complete now that may not have been
			clear(f.retries)
		case <-ctx.Done():
			return
		}
	}
}

// look sees to all messages that are due.
func (f *fetcher) look(ctx context.Context, now time.Time) {
	list, err := f.c.opt.Messages.RecordingsElsewhere(ctx, Name, now.Add(-fetchFor), now.Add(time.Minute))
	if err != nil && ctx.Err() == nil {
		f.c.log.Warn("messages to be fetched are not known", "err", err)
	}
	due := make(map[string]retry, len(list))
	for _, r := range list {
		was, again := f.retries[r.ID]
		if again && now.Before(was.at) || ctx.Err() != nil {
			due[r.ID] = was
			continue
		}
		if err := f.bring(ctx, r); err != nil && ctx.Err() == nil {
			was.wait = min(max(2*was.wait, leastRetry), mostRetry)
			was.at = now.Add(was.wait)
			due[r.ID] = was
			f.c.log.Warn("message not fetched", "call_id", r.CallID, "message", r.ID, "again_in", was.wait, "err", err)
		}
	}
	f.retries = due
}

// bring fetches a message, then deletes it at Twilio: each step is on disk before
// the next.
func (f *fetcher) bring(ctx context.Context, r call.Recording) error {
	t, o := f.c.trunks[r.Trunk], f.c.opt
	if t == nil {
		return fmt.Errorf("trunk %q is not configured", r.Trunk)
	}
	if r.File == "" {
		m, err := t.api.save(ctx, r.Message, o.Directory)
		if err != nil {
			return err
		}
		if o.KeepThere {
			m.URL = ""
		}
		used, err := o.Messages.FetchedRecording(ctx, m)
		if err == nil && !used { // another node was quicker, or it was deleted meanwhile
			err = os.Remove(filepath.Join(o.Directory, m.File))
		}
		if err != nil || !used || o.KeepThere {
			return err
		}
		f.c.log.Info("message fetched", "call_id", r.CallID, "message", r.ID, "length", m.Length)
	}
	if err := t.api.forget(ctx, r.Message); err != nil {
		return err
	}
	return o.Messages.GoneRecording(ctx, r.ID)
}

// save fetches a recording into a directory: it is on disk when save returns.
func (c *client) save(ctx context.Context, m ivr.Message, dir string) (ivr.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	body, err := c.sound(ctx, m.URL+".wav")
	if err != nil {
		return m, err
	}
	defer body.Close()
	part, err := os.CreateTemp(dir, m.ID+"-*.wav.part") // other nodes may keep theirs here too
	if err != nil {
		return m, fmt.Errorf("keep a message: %w", err)
	}
	m.File = strings.TrimSuffix(filepath.Base(part.Name()), ".part")
	defer func() { _ = os.Remove(part.Name()) }() // where it has not got its name
	m.Bytes, err = io.Copy(part, io.LimitReader(body, mostWAV))
	if err == nil {
		m.Length, err = lengthOf(part)
	}
	if err = errors.Join(err, part.Chmod(0o640), part.Sync(), part.Close()); err != nil {
		return m, fmt.Errorf("keep a message: %w", err)
	}
	if err = os.Rename(part.Name(), filepath.Join(dir, m.File)); err != nil {
		return m, fmt.Errorf("keep a message: %w", err)
	}
	return m, syncDir(dir)
}

// lengthOf reads a WAV file to its end: one that is not whole is an error.
func lengthOf(f *os.File) (time.Duration, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	sound, err := audio.ReadWAV(f)
	return sound.Duration(), err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keep a message: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// sound asks for a file of the API. Where that lies elsewhere the login does not
// go along.
func (c *client) sound(ctx context.Context, path string) (io.ReadCloser, error) {
	u := *c.base
	u.Path = strings.TrimRight(u.Path, "/") + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch a recording: %w", err)
	}
	req.SetBasicAuth(c.login.Username, c.login.Password)
	res, err := (&http.Client{Transport: c.http}).Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch a recording: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("fetch a recording: Twilio answers %s", res.Status)
	}
	return res.Body, nil
}

// forget deletes a recording at Twilio. One that is not there is well deleted.
func (c *client) forget(ctx context.Context, m ivr.Message) error {
	account, _, _ := strings.Cut(strings.TrimPrefix(m.URL, "/2010-04-01/Accounts/"), "/")
	x, err := c.ask(ctx, "delete a recording", func(api *openapi.ApiService) error {
		return api.DeleteRecording(m.ID, (&openapi.DeleteRecordingParams{}).SetPathAccountSid(account))
	})
	if err != nil && x.status != http.StatusNotFound {
		return err
	}
	return nil
}
