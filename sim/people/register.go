package people

import (
	"context"
	"fmt"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

const registerAgain = 2 * time.Second // after a refresh that went wrong

// registration keeps a phone registered. The loop owns it.
type registration struct {
	wanted bool
	busy   bool // a REGISTER is under way
	callID string
	seq    uint32
	due    time.Time // of the next refresh
}

// Register registers the phone, and keeps it so until Stop or Kill.
func (p *Phone) Register(ctx context.Context) error {
	return p.bind(ctx, true)
}

// Stop ends the phone's call, removes its registration and closes its socket.
func (p *Phone) Stop(ctx context.Context) error {
	p.HangUp()
	err := p.bind(ctx, false)
	p.n.post(func() { p.st.close("the phone was switched off") })
	return err
}

// bind sends one REGISTER and waits for what comes of it.
func (p *Phone) bind(ctx context.Context, wanted bool) error {
	result := make(chan error, 1)
	err := p.n.do(ctx, func() {
		p.wanted = wanted
		p.register(func(err error) { result <- err })
	})
	if err != nil {
		return err
	}
	select {
	case err := <-result:
		return err
	case <-p.n.ended:
		return ErrEnded
	case <-ctx.Done():
		return fmt.Errorf("register phone %s: %w", p.o.Name, context.Cause(ctx))
	}
}

// register sends a REGISTER with or without wanting it; done gets the outcome.
func (p *Phone) register(done func(error)) {
	dest, ok := resolve(p.service())
	if !ok || p.st.closed {
		done(fmt.Errorf("register phone %s: service address %q is not usable", p.o.Name, p.service()))
		return
	}
	p.busy = true
	if p.callID == "" {
		p.callID = sipmsg.GenerateTagN(20)
	}
	send := func(r *sipmsg.Request, on func(*sipmsg.Response, time.Time)) { p.st.send(r, dest, on) }
	host, port := dest.Addr().String(), int(dest.Port())
	send(p.request(host, port), func(res *sipmsg.Response, at time.Time) {
		if res != nil && challenges(res) {
			r := p.request(host, port)
			if answerTo(res, r, p.credentials()) {
				send(r, func(res *sipmsg.Response, at time.Time) { p.registered(res, at, done) })
				return
			}
		}
		p.registered(res, at, done)
	})
}

func (p *Phone) request(host string, port int) *sipmsg.Request {
	home := sipmsg.Uri{Scheme: "sip", User: p.o.Name, Host: host, Port: port}
	from := &sipmsg.FromHeader{Address: home}
	from.Params.Add("tag", sipmsg.GenerateTagN(12))
	callID := sipmsg.CallIDHeader(p.callID)
	p.seq++
	r := sipmsg.NewRequest(sipmsg.REGISTER, sipmsg.Uri{Scheme: "sip", Host: host, Port: port})
	r.AppendHeader(from)
	r.AppendHeader(&sipmsg.ToHeader{Address: home})
	r.AppendHeader(&callID)
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: p.seq, MethodName: sipmsg.REGISTER})
	r.AppendHeader(sipmsg.NewHeader("Max-Forwards", "70"))
	r.AppendHeader(p.st.contact(p.o.Name))
	expires := 0
	if p.wanted {
		expires = int(p.o.Expires.Seconds())
	}
	r.AppendHeader(sipmsg.NewHeader("Expires", strconv.Itoa(expires)))
	r.SetBody(nil)
	return r
}

// registered takes the outcome of a REGISTER, and plans the next one.
func (p *Phone) registered(res *sipmsg.Response, at time.Time, done func(error)) {
	p.busy = false
	p.due = at.Add(registerAgain)
	switch {
	case res == nil:
		done(fmt.Errorf("register phone %s: no response", p.o.Name))
		return
	case !res.IsSuccess():
		done(fmt.Errorf("register phone %s: %d %s", p.o.Name, res.StatusCode, res.Reason))
		return
	}
	kind := KindUnregistered
	if p.wanted {
		kind = KindRegistered
		p.due = at.Add(p.granted(res) / 2)
	}
	p.n.diary.Write(Entry{At: at, Kind: kind, Who: p.o.Name, Status: res.StatusCode})
	done(nil)
}

// granted is for how long our binding lasts.
func (p *Phone) granted(res *sipmsg.Response) time.Duration {
	text := ""
	if h := res.GetHeader("Expires"); h != nil {
		text = h.Value()
	}
	if c := res.Contact(); c != nil && c.Address.User == p.o.Name {
		if v, ok := c.Params.Get("expires"); ok {
			text = v
		}
	}
	if s, err := strconv.Atoi(text); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	return p.o.Expires
}

// keep refreshes the registration when that is due.
func (p *Phone) keep(now time.Time) {
	if p.wanted && !p.busy && !p.due.IsZero() && now.After(p.due) {
		p.register(func(err error) {
			if err != nil {
				p.n.o.Log.Warn("registration not refreshed", "phone", p.o.Name, "err", err)
			}
		})
	}
}
