package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
	"careline/call"
	"careline/sip/dialog"
)

// longestContact is how long a Contact URI may be, in bytes.
const longestContact = 512

// onRegister answers a REGISTER: of a configured agent, with the right
// password.
func (d *Driver) onRegister(ctx context.Context, req *sipmsg.Request, respond dialog.Respond) {
	now := time.Now()
	agent, ok := d.authenticate(req, respond)
	if !ok {
		return
	}
	reg, err := readRegistration(req, agent)
	switch {
	case errors.Is(err, errTooShort):
		d.respond(respond, 423, "Interval Too Brief", sipmsg.NewHeader("Min-Expires", strconv.Itoa(int(leastBinding.Seconds()))))
		return
	case err != nil:
		d.log.Warn("register refused", "agent_id", agent, "err", err)
		d.respond(respond, 400, "Bad Register")
		return
	}
	save, remove, err := d.phones.apply(reg, now)
	switch {
	case errors.Is(err, errTooManyContacts):
		d.log.Warn("register refused", "agent_id", agent, "err", err)
		d.respond(respond, 403, "Too Many Contacts")
		return
	case err != nil:
		d.respond(respond, 500, "Out Of Order")
		return
	}
	d.keep(ctx, save, remove)
	headers := append(contactsOf(d.phones.bindings(agent, now), now), dialog.Path(reg.phone.Path).Headers()...)
	headers = append(headers, reg.outbound(req)...)
	d.respond(respond, 200, "OK", headers...)
	d.announce()
}

func (d *Driver) respond(respond dialog.Respond, code int, reason string, headers ...sipmsg.Header) {
	if err := respond(code, reason, headers...); err != nil {
		d.log.Warn("register not answered", "err", err)
	}
}

// registrar is who answers a REGISTER; nil where nobody may register.
func (d *Driver) registrar() func(context.Context, *sipmsg.Request, dialog.Respond) {
	if len(d.opt.Phones) == 0 {
		return nil
	}
	return d.onRegister
}

// authenticate returns the agent whom a REGISTER is from, or answers it. Who has
// failed too often is not heard for a while.
func (d *Driver) authenticate(req *sipmsg.Request, respond dialog.Respond) (agent string, ok bool) {
	claimed := ""
	if to := req.To(); to != nil {
		claimed = to.Address.User
	}
	agent, doubt := d.prove(req, claimed)
	if doubt == nil && agent != claimed {
		d.log.Warn("phone wants to register for another agent", "agent_id", agent)
		doubt = &refusal{code: 403, reason: "Forbidden"}
	}
	if doubt != nil {
		d.respond(respond, doubt.code, doubt.reason, doubt.headers...)
		return "", false
	}
	return agent, true
}

// refusal is an answer to who has not shown whose phone it is.
type refusal struct {
	code    int
	reason  string
	headers []sipmsg.Header
}

// prove returns whose phone a request is from, by its credentials, or what it is
// answered with. Who failed too often is not heard, whatever they send; the same
// is said, after the same work, whether the name is known or not.
func (d *Driver) prove(req *sipmsg.Request, claimed string) (agent string, _ *refusal) {
	src, forbidden := sourceOf(req), &refusal{code: 403, reason: "Forbidden"}
	who := src.Addr().String() + " " + claimed
	if d.guard.proxy(src) {
		who = behind(req) + " by " + who
	} else if d.phones.is(claimed, src) { // what others behind the same router do is not held against it
		who = src.String() + " " + claimed
	}
	if d.throttle.locked(who, time.Now()) {
		return "", forbidden
	}
	user, verdict := d.auth.Verify(req, d.password)
	switch verdict {
	case dialog.Authentic:
		d.throttle.passed(who)
		return user, nil
	case dialog.Missing, dialog.Stale:
		return "", &refusal{401, "Unauthorized", d.auth.Challenge(req, verdict == dialog.Stale)}
	case dialog.Wrong:
		d.failed(who, claimed, src)
	}
	return "", forbidden
}

// failed notes a wrong password. An alarm names a phone that there is; what else
// strangers call themselves goes no further than the log.
func (d *Driver) failed(who, claimed string, src netip.AddrPort) {
	now := time.Now()
	if lasts := d.throttle.failed(who, now); lasts > 0 {
		d.log.Error("phone locked out after wrong passwords", "source", who, "for", lasts)
		if _, known := d.password(claimed); known {
			d.alarm(call.Alarm{
				Kind: call.AlarmBan, Subject: who, At: now, Until: now.Add(lasts),
				Text: fmt.Sprintf("%d wrong passwords; this phone is not let in from there for %v", mostFailures, lasts),
			})
		}
	} else {
		d.log.Warn("phone gave a wrong name or password", "source", who)
	}
	lasts := d.guard.failed(src, now)
	if lasts == 0 {
		return
	}
	source := sourceKey(src.Addr()).String()
	d.log.Error("source banned after wrong passwords", "source", source, "for", lasts)
	select {
	case d.bans <- call.Ban{Source: source, Since: now, Until: now.Add(lasts)}:
	default: // it ends with the process
	}
	d.alarm(call.Alarm{
		Kind: call.AlarmBan, Subject: source, At: now, Until: now.Add(lasts),
		Text: fmt.Sprintf("%d wrong passwords; nothing is read from there for %v", mostGuesses, lasts),
	})
}

func (d *Driver) password(user string) (string, bool) {
	p, ok := d.opt.Phones[user]
	return p, ok
}

// sourceOf is where a request came from.
func sourceOf(req *sipmsg.Request) netip.AddrPort {
	at, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// sourceText is where a request came from, as a Binding keeps it.
func sourceText(req *sipmsg.Request) string {
	if req.Transport() == "UDP" {
		return req.Source()
	}
	return req.Source() + ";transport=" + strings.ToLower(req.Transport())
}

// readRegistration reads what a REGISTER asks for.
func readRegistration(req *sipmsg.Request, agent string) (registration, error) {
	reg := registration{phone: agents.Binding{Agent: agent, Source: sourceText(req)}}
	if req.CallID() == nil || req.CSeq() == nil {
		return reg, errors.New("no Call-ID or CSeq")
	}
	reg.phone.CallID, reg.phone.CSeq = req.CallID().Value(), req.CSeq().SeqNo
	if h := req.GetHeader("User-Agent"); h != nil {
		reg.phone.UserAgent = h.Value()
	}
	path, err := dialog.PathOf(req)
	if err != nil {
		return reg, err
	}
	reg.phone.Path = string(path)
	general, err := expiry(headerValue(req, "Expires"), longestBinding)
	if err != nil {
		return reg, err
	}
	for _, h := range req.Headers() {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok {
			continue
		}
		if c.Address.Wildcard {
			reg.clear = true
			continue
		}
		a, err := readContact(c, general)
		if err != nil {
			return reg, err
		}
		reg.contacts = append(reg.contacts, a)
	}
	if reg.clear && (general != 0 || len(reg.contacts) > 0) {
		return reg, errors.New("contact * with an expiry above 0, or with other contacts")
	}
	return reg, nil
}

func readContact(c *sipmsg.ContactHeader, general time.Duration) (asked, error) {
	own, _ := c.Params.Get("expires")
	expires, err := expiry(own, general)
	if err != nil {
		return asked{}, err
	}
	uri := c.Address.String()
	if c.Address.Scheme != "sip" && c.Address.Scheme != "sips" || c.Address.Host == "" || len(uri) > longestContact {
		return asked{}, fmt.Errorf("contact %.80q is no sip URI of at most %d bytes", uri, longestContact)
	}
	if expires > 0 && expires < leastBinding {
		return asked{}, errTooShort
	}
	return asked{uri: uri, expires: expires, instance: instanceOf(c)}, nil
}

// instanceOf is the phone that a contact is of, and which of its ways (RFC 5626
// section 4.1); empty where it does not say.
func instanceOf(c *sipmsg.ContactHeader) string {
	id, _ := c.Params.Get("+sip.instance")
	if id = strings.Trim(id, `"`); id == "" || len(id) > longestContact {
		return ""
	}
	reg, _ := c.Params.Get("reg-id")
	return id + ";" + reg
}

// expiry reads a number of seconds; without one it is otherwise.
func expiry(s string, otherwise time.Duration) (time.Duration, error) {
	if s = strings.TrimSpace(s); s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("expires %.20q is no number of seconds", s)
	}
	return time.Duration(n) * time.Second, nil
}

func headerValue(req *sipmsg.Request, name string) string {
	if h := req.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// contactsOf lists bindings as a 200 does.
func contactsOf(list []agents.Binding, now time.Time) []sipmsg.Header {
	headers := make([]sipmsg.Header, 0, len(list))
	for _, b := range list {
		left := max(int(b.Expires.Sub(now)/time.Second), 1)
		headers = append(headers, sipmsg.NewHeader("Contact", fmt.Sprintf("<%s>;expires=%d", b.Contact, left)))
	}
	return headers
}

// keepTime is how long the store may take for what has changed, while a phone
// waits for its answer.
const keepTime = 2 * time.Second

// keep stores what has changed. A phone stays registered though the store is
// lost: it would only have to register again after a restart.
func (d *Driver) keep(ctx context.Context, save, remove []agents.Binding) {
	if d.opt.Bindings == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	for _, b := range remove {
		if err := d.opt.Bindings.RemoveBinding(ctx, b.Agent, b.Contact); err != nil {
			d.log.Error("registration not removed", "agent_id", b.Agent, "err", err)
		}
	}
	for _, b := range save {
		if err := d.opt.Bindings.SaveBinding(ctx, b); err != nil {
			d.log.Error("registration not stored", "agent_id", b.Agent, "err", err)
		}
	}
}
