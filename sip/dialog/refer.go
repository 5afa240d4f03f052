package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// typeFrag is the media type that tells how a transfer goes (RFC 3420).
const typeFrag = "message/sipfrag;version=2.0"

// ErrNoNews is the cause of a transfer that the peer has taken on, and of whose
// end it said nothing.
var ErrNoNews = errors.New("nothing was heard of the transfer's end")

// ErrNoRefer is the cause of a transfer that the peer refuses to take on.
var ErrNoRefer = errors.New("the peer takes no transfer")

// Refer asks the peer of a call to call somebody else in our place (RFC 3515).
type Refer struct {
	Target   string                        // sip:user@host that the peer shall call
	Replaces *Replaces                     // the call at Target that it shall take over; nil for a blind transfer
	Wait     time.Duration                 // for the end of the transfer; 0 means 60 s
	Told     func(code int, reason string) // told each status of the new call; may be nil
}

// reference is a REFER of ours that is under way.
type reference struct {
	seq  uint32 // of the REFER; a repeat with credentials has a higher one
	news chan notice
}

// notice is one NOTIFY.
type notice struct {
	code   int // 0 where it told none
	reason string
	last   bool
}

// Refer hands the call over. It returns nil once the peer has reached the
// target, or has taken the transfer on and hung up, or says that it will not tell;
// ErrNoRefer when the peer does not take it on, a *RefusedError when it did not
// reach the target: then the call goes on as before; ErrOver when there is none
// any more. The call is not hung up here.
func (d *Dialog) Refer(ctx context.Context, r Refer) error {
	req, err := d.referRequest(r)
	if err != nil {
		return fmt.Errorf("refer of call %s: %w", d.id.callID, err)
	}
	ref, err := d.beginRefer(req)
	if err != nil {
		return fmt.Errorf("refer of call %s: %w", d.id.callID, err)
	}
	defer d.endRefer()
	res, err := d.exchange(ctx, req)
	switch {
	case err != nil:
		return fmt.Errorf("refer of call %s: %w", d.id.callID, err)
	case res.StatusCode == 481:
		return fmt.Errorf("%w: %w", ErrOver, d.failed(ctx, "refer", refusedBy(res, d.cred)))
	case !res.IsSuccess():
		return fmt.Errorf("refer of call %s: %w: %w", d.id.callID, ErrNoRefer, refusedBy(res, d.cred))
	case strings.EqualFold(strings.TrimSpace(wire.Header(res, "Refer-Sub")), "false"):
		return nil
	}
	if err := d.follow(ctx, ref, r); err != nil {
		return fmt.Errorf("refer of call %s: %w", d.id.callID, err)
	}
	return nil
}

func (d *Dialog) referRequest(r Refer) (*sipmsg.Request, error) {
	uri, err := parseURI(r.Target)
	if err != nil {
		return nil, err
	}
	to := uri.String()
	if r.Replaces != nil {
		to += "?Replaces=" + url.QueryEscape(r.Replaces.String())
	}
	req := d.next(sipmsg.REFER)
	req.AppendHeader(sipmsg.NewHeader("Refer-To", "<"+to+">"))
	if h, ok := d.contact.(*sipmsg.ContactHeader); ok {
		req.AppendHeader(sipmsg.NewHeader("Referred-By", "<"+h.Address.String()+">"))
	}
	return req, nil
}

// follow waits for the end of a transfer that the peer has taken on.
func (d *Dialog) follow(ctx context.Context, ref *reference, r Refer) error {
	wait := time.NewTimer(cmp.Or(r.Wait, time.Minute))
	defer wait.Stop()
	for {
		select {
		case n := <-ref.news:
			if r.Told != nil && n.code != 0 {
				r.Told(n.code, n.reason)
			}
			switch {
			case n.code >= 300:
				return &RefusedError{Code: n.code, Reason: n.reason, Sent: true, Heard: true}
			case n.code >= 200:
				return nil
			case n.last:
				return ErrNoNews
			}
		case <-d.done:
			return nil // the peer has gone there
		case <-wait.C:
			return ErrNoNews
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// mostNews is how many notices may wait for Refer.
const mostNews = 16

func (d *Dialog) beginRefer(req *sipmsg.Request) (*reference, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.ending.By != "":
		return nil, ErrOver
	case d.reference != nil:
		return nil, errors.New("another transfer is under way")
	}
	d.reference = &reference{seq: req.CSeq().SeqNo, news: make(chan notice, mostNews)}
	return d.reference, nil
}

func (d *Dialog) endRefer() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reference = nil
}

// serveNotify takes the news of a transfer that we have asked for; there is no
// other event that we subscribe to.
func (e *Endpoint) serveNotify(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d := e.within(req, tx)
	if d == nil {
		return
	}
	d.mu.Lock()
	ref := d.reference
	d.mu.Unlock()
	event, id := eventOf(req)
	if event != "refer" || ref == nil || id != 0 && id < ref.seq {
		e.respond(req, tx, 489, "Bad Event", sipmsg.NewHeader("Allow-Events", "refer"))
		return
	}
	if t := mediaType(req); t != "" && t != "message/sipfrag" {
		e.respond(req, tx, 415, "Unsupported Media Type", sipmsg.NewHeader("Accept", "message/sipfrag"))
		return
	}
	e.respond(req, tx, 200, "OK")
	select {
	case ref.news <- noticeOf(req):
	default: // a storm of them
	}
}

// eventOf reads the Event header: the package, and the id that tells one REFER
// from another, which is its CSeq; 0 without.
func eventOf(req *sipmsg.Request) (event string, id uint32) {
	value := wire.Header(req, "Event")
	if value == "" {
		value = wire.Header(req, "o")
	}
	params := strings.Split(value, ";")
	for _, p := range params[1:] {
		if name, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "id") {
			n, _ := strconv.ParseUint(v, 10, 32)
			id = uint32(n)
		}
	}
	return strings.ToLower(strings.TrimSpace(params[0])), id
}

// noticeOf reads how far a transfer has come: the first line of the body is the
// status of the new call.
func noticeOf(req *sipmsg.Request) (n notice) {
	state, _, _ := strings.Cut(wire.Header(req, "Subscription-State"), ";")
	n.last = strings.EqualFold(strings.TrimSpace(state), "terminated")
	line, _, _ := strings.Cut(string(req.Body()), "\n")
	fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
	if len(fields) < 2 || fields[0] != "SIP/2.0" {
		return n
	}
	if code, err := strconv.Atoi(fields[1]); err == nil && code >= 100 && code <= 699 {
		n.code = code
	}
	if len(fields) == 3 {
		n.reason = grammar.Plain(fields[2], 128)
	}
	return n
}
