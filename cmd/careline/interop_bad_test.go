package main

import (
	"net"
	"slices"
	"strings"
	"testing"

	"careline/sim/people"
)

// A message that is none, or half of one, is answered by an error or by nothing,
// and those who are on the line do not notice.
func TestBadMessages(t *testing.T) {
	t.Parallel()
	ip := ownIP()
	h := newHouse(t, houseOptions{sources: []string{ip}})
	h.people(people.Options{})
	h.open()
	p := h.plain(ip)
	up := h.listening()
	for name, m := range badMessages {
		c := p.dial("+442079460302", "1001")
		p.raw(m.make(c))
		if m.status == 0 {
			continue
		}
		if status, _ := c.response(); status != m.status {
			t.Errorf("%s: answered by %d; want %d", name, status, m.status)
		}
	}
	c := p.dial("+442079460302", "1001")
	c.raw(c.invite("v=0\r\nnonsense\r\n", 15))
	if status, _ := c.response(); status != 400 {
		t.Errorf("a broken description was answered by %d; want 400", status)
	}
	c = p.dial("+442079460302", "1001")
	video := strings.Replace(c.description(), "m=audio", "m=video", 1)
	c.raw(c.invite(video, len(video)))
	if status, _ := c.response(); status != 488 {
		t.Errorf("an offer of video was answered by %d; want 488", status)
	}
	for len(p.responses) > 0 {
		t.Errorf("answered though it was no request: %s", <-p.responses)
	}
	h.undisturbed(up)
	if n := h.logged("sip message malformed", ip); n == 0 || n > len(badMessages) {
		t.Errorf("%d bad messages were logged %d times; want once, or once each", len(badMessages), n)
	}
}

// badMessages are what a service may be sent, and how it answers: 0 is not at
// all, as there is nobody to be answered.
var badMessages = map[string]struct {
	status int
	make   func(c *plainCall) string
}{
	"noise":       {0, func(*plainCall) string { return strings.Repeat("\x00\xff\x80SIP", 200) }},
	"one word":    {0, func(*plainCall) string { return "INVITE" }},
	"empty lines": {0, func(*plainCall) string { return "\r\n\r\n\r\n" }},
	"half an INVITE": {0, func(c *plainCall) string {
		s := c.invite(c.description(), len(c.description()))
		return s[:strings.Index(s, "To:")]
	}},
	"length too large": {400, func(c *plainCall) string { return c.invite(c.description(), 5000) }},
	"length below 0":   {400, func(c *plainCall) string { return c.invite(c.description(), -5) }},
	"no Call-ID":       {0, func(c *plainCall) string { return strings.Replace(c.invite("", 0), "Call-ID", "Cal-ID", 1) }},
	"bad CSeq":         {400, func(c *plainCall) string { return strings.Replace(c.invite("", 0), "CSeq: 1", "CSeq: one", 1) }},
	"strange response": {0, func(c *plainCall) string { return "SIP/2.0 999 What\r\n" + c.head("INVITE", 1, "") + "\r\n\r\n" }},
}

// undisturbed asserts that a call heard the whole story.
func (h *house) undisturbed(up <-chan people.Leg) {
	h.Helper()
	leg := <-up
	if !slices.Equal(leg.Heard, []string{"long/story"}) || leg.Audio.Missing > 0 {
		h.Errorf("the call that was up heard %q, with %d packets missing; want all of the story", leg.Heard, leg.Audio.Missing)
	}
}

// Whoever may call is told why not, and noted once; strangers are not heard.
func TestBadCallers(t *testing.T) {
	t.Parallel()
	ip := ownIP()
	h := newHouse(t, houseOptions{sources: []string{ip}})
	h.people(people.Options{})
	h.open()
	up := h.listening()
	known := h.plain(ip)
	if status, _ := known.try("+442079460302", "4711"); status != 404 {
		t.Errorf("a call to an unknown number was answered by %d; want 404", status)
	}
	if n := h.logged("call refused", "4711"); n != 1 {
		t.Errorf("the unknown number was logged %d times; want once", n)
	}
	stranger := h.plain(ownIP()).dial("+442079460302", "1861")
	stranger.raw(stranger.invite(stranger.description(), len(stranger.description())))
	if status, _ := known.try("+442079460302", "4711"); status != 404 { // which is read after it
		t.Errorf("a call to an unknown number was answered by %d; want 404", status)
	}
	if n := len(stranger.responses); n != 0 {
		t.Errorf("a stranger's call got %d answers; want none", n)
	}
	for i := range 6 {
		if err := h.phone("lina", "guess").Register(t.Context()); err == nil {
			t.Fatalf("guess %d at a password was right", i)
		}
	}
	if err := h.phone("lina", "lina-secret").Register(t.Context()); err == nil {
		t.Error("after six guesses the right password was taken at once")
	}
	if err := h.phone("wang", "wang-secret").Register(t.Context()); err != nil {
		t.Errorf("another agent was locked out: %v", err)
	}
	if n := h.logged("locked out"); n != 1 {
		t.Errorf("that lina is locked out was logged %d times; want once", n)
	}
	h.undisturbed(up)
}

// phone plugs in the phone of an agent.
func (h *house) phone(agent, password string) *people.Phone {
	h.Helper()
	p, err := h.net.Phone(people.PhoneOptions{Name: agent, Password: password})
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// Noise on a call's port, from the caller's own address and from elsewhere, is
// not heard.
func TestBadSound(t *testing.T) {
	t.Parallel()
	ip := ownIP()
	h := newHouse(t, houseOptions{sources: []string{ip}})
	h.open()
	c := h.plain(ip).call("+442079460302", "1002")
	stranger, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(ownIP())}, c.sound)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	junk := []string{
		"", "\x80", "\x80\x08\x00\x01", strings.Repeat("\xff", 1600), "\x80\x63\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01text",
		"\x9f\x08\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01", "\xb0\x08\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\xbe\xde\xff\xff",
		"\x80\x65\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01", // a key event cut short
	}
	for range 50 {
		for _, j := range junk {
			_, _ = c.rtp.WriteToUDP([]byte(j), c.sound)
			_, _ = stranger.Write([]byte(j))
		}
	}
	await(t, generous, "the end of the story", func() bool { return closed(c.bye) })
	if got := hearing(t, h.book(), c.hears()); !slices.Equal(got, []string{"long/story"}) {
		t.Errorf("the caller heard %q; want the story", got)
	}
	await(t, generous, "the noise to be logged", func() bool { return h.logged("packets ignored") > 0 })
	if n := h.logged("packets ignored", "malformed", "from_elsewhere"); n != 1 {
		t.Errorf("the noise was logged %d times; want once", n)
	}
}

func closed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// When all ports for sound are in use callers are asked to come back, and a
// campaign's attempt is not counted on the customer.
func TestBadPorts(t *testing.T) {
	t.Parallel()
	ip := ownIP()
	h := newHouse(t, houseOptions{sources: []string{ip}, rtp: "20000-20001", list: "key,number\nA,020 7946 0302\n"})
	h.people(people.Options{Subscribers: []people.Subscriber{{Number: "+442079460302", Personas: []people.Persona{people.Silent}}}})
	h.open()
	up := h.listening()
	if status, msg := h.plain(ip).try("+442079460303", "1001"); status != 503 || headers(msg, "Retry-After") == "" {
		t.Errorf("a call without a port was answered by %s; want 503 with Retry-After", msg)
	}
	h.campaign()
	await(t, generous, "the attempt to end", func() bool { return h.number("SELECT COUNT(*) FROM attempts WHERE ended_at > 0") > 0 })
	if got := h.text("SELECT disposition || evidence FROM attempts"); !strings.HasPrefix(got, "not_placed") || !strings.Contains(got, "port range") {
		t.Errorf("the attempt ended %s; want not_placed, since the port range is full", got)
	}
	if n := h.number("SELECT attempts FROM contacts"); n != 0 {
		t.Errorf("%d attempts are counted on the customer; want none", n)
	}
	if n := h.logged("port range", "call not answered", "…303"); n != 1 {
		t.Errorf("that there was no port for the caller was logged %d times; want once", n)
	}
	h.undisturbed(up)
}

// A prompt that nobody has recorded is an apology, BYE and one line of the log.
func TestBadPrompt(t *testing.T) {
	t.Parallel()
	ip := ownIP()
	h := newHouse(t, houseOptions{sources: []string{ip}})
	h.people(people.Options{})
	h.open()
	up := h.listening()
	p := h.plain(ip)
	c := p.call("+442079460302", "1003")
	await(t, generous, "the service to hang up", func() bool { return closed(c.bye) })
	sorry := h.prompt("sorry", "en", said("We are sorry, we cannot continue right now. Please call again later."))
	if got := hearing(t, []people.Prompt{sorry}, c.hears()); !slices.Equal(got, []string{"sorry"}) {
		t.Errorf("the caller heard %q; want the apology", got)
	}
	h.undisturbed(up)
	if n := h.logged("Nobody has recorded this", "prompts render"); n != 1 {
		t.Errorf("the missing prompt was logged %d times; want once", n)
	}
}

// A number outside of the trunk's destinations is not called, and one can ask
// why.
func TestBadDestination(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,+1 202 555 0142\nB,020 7946 0302\n"})
	network := h.people(people.Options{Subscribers: []people.Subscriber{{Number: "+442079460302", Personas: []people.Persona{people.HangsUp}}}})
	h.open()
	h.campaign()
	await(t, generous, "the other contact to be done", func() bool {
		return h.number("SELECT COUNT(*) FROM attempts WHERE number = '+442079460302' AND ended_at > 0") > 0
	})
	if why := h.must("campaign", "why", "quick", "+12025550142"); !strings.Contains(why, "HELD  destination") {
		t.Errorf("it is not said that the destination holds the contact: %s", why)
	}
	for _, i := range network.Invites() {
		if i.To != "+442079460302" {
			t.Errorf("%s was called", i.To)
		}
	}
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE number = '+12025550142'"); n != 0 {
		t.Errorf("%d attempts; want none", n)
	}
	if n := h.logged("outside of the allowed destinations"); n != 1 {
		t.Errorf("the number was logged %d times; want once", n)
	}
}
