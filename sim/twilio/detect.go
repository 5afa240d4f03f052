package twin

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// detection is what was asked of machine detection.
type detection struct {
	mode        string // Enable, DetectMessageEnd or "": none
	async       bool
	url, method string // of AsyncAmdStatusCallback
	limit       time.Duration
}

// verdict is what machine detection has found out, and when.
type verdict struct {
	by    string
	after time.Duration // in life
}

// detect has machine detection look at an answered call, and returns what its
// first document is. It reports false when the call ends before that is known.
func (t *Twin) detect(ctx context.Context, c *call) (source, bool) {
	if c.amd.mode == "" {
		return c.first, true
	}
	v := t.verdict(c)
	if c.amd.async {
		t.start(func(context.Context) {
			if after(ctx, t.opt.pace(v.after)) {
				t.detected(c, v)
			}
		})
		return c.first, true
	}
	if !after(ctx, t.opt.pace(v.after)) {
		return source{}, false
	}
	t.mu.Lock()
	c.Detected = v.by
	t.mu.Unlock()
	t.noteVerdict(c, v)
	first := c.first
	first.params = url.Values{"AnsweredBy": {v.by}, "MachineDetectionDuration": {milliseconds(v.after)}}
	return first, true
}

// detected reports a verdict that nobody has waited for.
func (t *Twin) detected(c *call, v verdict) {
	t.mu.Lock()
	c.Detected = v.by
	params := url.Values{
		"CallSid": {c.SID}, "AccountSid": {c.Account}, "AnsweredBy": {v.by}, "MachineDetectionDuration": {milliseconds(v.after)},
	}
	t.mu.Unlock()
	t.noteVerdict(c, v)
	t.send(letter{call: c, event: "amd", method: c.amd.method, url: c.amd.url, params: params})
}

func (t *Twin) noteVerdict(c *call, v verdict) {
	e := c.about(KindVerdict)
	e.Note = v.by
	t.write(e)
}

// verdict is what detection says of who has answered.
func (t *Twin) verdict(c *call) verdict {
	by, known, greeted := "human", 2*time.Second, time.Duration(0)
	if p, ok := c.party.(Detected); ok {
		by, known, greeted = p.AnsweredBy()
	}
	machine := by != "human" && by != "fax" && by != "unknown"
	switch {
	case known > c.amd.limit:
		return verdict{"unknown", c.amd.limit}
	case !machine:
		return verdict{by, known}
	case c.amd.mode == "Enable":
		return verdict{"machine_start", known}
	case greeted > c.amd.limit:
		return verdict{"machine_end_other", c.amd.limit}
	}
	ends := []string{"machine_end_beep", "machine_end_silence", "machine_end_other"}
	return verdict{ends[int(dice{t.opt.Seed, c.SID}.roll("how a greeting ends")*float64(len(ends)))], max(known, greeted)}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
