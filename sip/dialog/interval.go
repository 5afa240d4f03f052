package dialog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// usualMinSE is the least session interval where Min-SE is not given (RFC 4028
// section 5); mostSE is the longest that is waited for.
const (
	usualMinSE = 90 * time.Second
	mostSE     = 24 * time.Hour
)

// interval is what a message says of its session timer (RFC 4028).
type interval struct {
	length    time.Duration // Session-Expires; 0 without
	refresher string        // uac, uas or empty
	least     time.Duration // Min-SE; 0 without
}

func intervalOf(m sipmsg.Message) (i interval) {
	value, params, _ := strings.Cut(listed(m, "Session-Expires", "x"), ";")
	i.length = min(seconds(value), mostSE)
	for p := range strings.SplitSeq(params, ";") {
		name, side, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "refresher") {
			i.refresher = strings.ToLower(strings.TrimSpace(side))
		}
	}
	value, _, _ = strings.Cut(listed(m, "Min-SE"), ";")
	i.least = min(seconds(value), mostSE)
	return i
}

// put says the interval in a message, in place of one said before.
func (i interval) put(m changeable) {
	for _, name := range []string{"Session-Expires", "Min-SE"} {
		for m.RemoveHeader(name) {
		}
	}
	if i.length == 0 {
		return
	}
	value := inSeconds(i.length)
	if i.refresher != "" {
		value += ";refresher=" + i.refresher
	}
	m.AppendHeader(sipmsg.NewHeader("Session-Expires", value))
	if i.least != 0 && i.least != usualMinSE {
		m.AppendHeader(sipmsg.NewHeader("Min-SE", inSeconds(i.least)))
	}
}

// changeable is a message whose headers can be replaced.
type changeable interface {
	sipmsg.Message
	RemoveHeader(name string) bool
}

// inSeconds rounds up.
func inSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// raised is a request of ours that was refused with 422, with the session
// interval that the peer wants, or a proxy on the way to it; nil when that is no
// more than we had asked for.
func raised(req *sipmsg.Request, res *sipmsg.Response) *sipmsg.Request {
	i, want := intervalOf(req), intervalOf(res).least
	if want <= i.length {
		return nil
	}
	i.length, i.least = want, want
	again := req.Clone()
	i.put(again)
	return again
}

// tooShort refuses a session interval below ours, of a peer that can raise it.
func (e *Endpoint) tooShort(req *sipmsg.Request) (*fault, []sipmsg.Header) {
	i := intervalOf(req)
	if i.length == 0 || i.length >= e.opt.MinSE || !supports(req, "timer") {
		return nil, nil
	}
	return &fault{422, "Session Interval Too Small"}, []sipmsg.Header{sipmsg.NewHeader("Min-SE", inSeconds(e.opt.MinSE))}
}

// demand asks for a session timer in the INVITE that opens a call.
func (e *Endpoint) demand(req *sipmsg.Request) {
	if e.opt.SessionExpires > 0 {
		interval{length: e.opt.SessionExpires, least: e.opt.MinSE}.put(req)
	}
}

// checkTimers refuses options that would end calls that are well.
func (o Options) checkTimers() error {
	if o.SessionExpires > 0 && o.SessionExpires < o.MinSE {
		return fmt.Errorf("session expires after %v: less than the least interval, %v", o.SessionExpires, o.MinSE)
	}
	return nil
}
