package main

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

// An inbound call, recorded at both ends: each side heard the other from the
// first word to the last.
func TestListenInbound(t *testing.T) {
	t.Parallel()
	ip := ownIP()
	h := newHouse(t, houseOptions{sources: []string{ip}, record: true})
	h.open()
	c := h.plain(ip).call("+442079460301", "1002")
	await(t, generous, "the end of the story", func() bool { return closed(c.bye) })
	tape := h.tape(h.text("SELECT id FROM calls"))
	if got := hearing(t, h.book(), c.hears()); !slices.Equal(got, []string{"long/story"}) {
		t.Errorf("the caller heard %q; want the story", got)
	}
	h.unbroken("what the caller heard", h.story(), c.hears())
	h.unbroken("what the service recorded of itself", h.story(), tape.Channel(1))
	if total, gap := tones(tape.Channel(0), plainVoice); total < 5*time.Second || gap > audio.FrameDuration {
		t.Errorf("the service heard the caller for %v, with a gap of %v; want 6 s without one", total, gap)
	}
}

func (h *house) story() []int16 {
	h.Helper()
	return h.prompt("story", "en", said("A long story.")).Samples
}

// unbroken asserts that a prompt was heard whole and in one piece, at most a
// packet of it lost, unless the machine was too busy to send in time.
func (h *house) unbroken(what string, prompt, heard []int16) {
	h.Helper()
	c, late := compared(prompt, heard), h.late()
	if lost := c.lost(); lost > audio.FrameDuration && (late == 0 || lost > time.Second) {
		h.Errorf("%s: of %v, %v is lost or out of place, at %v; %d packets were sent late", what, c.loud, lost, c.jumps, late)
	}
}

// lateLine is what the service says of a call when it is over.
var lateLine = regexp.MustCompile(`msg="call ended".* late=(\d+)`)

// late is how many packets the service could not send in time, in all calls
// that are over.
func (h *house) late() (n int) {
	for _, found := range lateLine.FindAllStringSubmatch(h.log(), -1) {
		late, err := strconv.Atoi(found[1])
		if err != nil {
			h.Fatal(err)
		}
		n += late
	}
	return n
}

// A campaign's call, recorded at both ends: the person heard the question and,
// after the key, the thanks.
func TestListenCampaign(t *testing.T) {
	t.Parallel()
	const number = "+442079460301"
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0301\n", record: true})
	book := h.book()
	for i := range book {
		if book[i].Label == "quick/question" {
			book[i].Choices = map[people.Persona]people.Choices{people.Complies: {"2": 1}}
		}
	}
	net := h.people(people.Options{
		Book:        book,
		Subscribers: []people.Subscriber{{Number: number, Personas: []people.Persona{people.Complies}}},
		Record:      func(string) bool { return true },
	})
	h.open()
	h.campaign()
	h.finished()
	leg := over(t, net, func(l people.Leg) bool { return l.Who == number })
	heard := readWAV(t, leg.HeardFile).Line()
	tape := h.tape(h.text("SELECT id FROM calls")).Channel(1)
	want := []string{"quick/question", "quick/thanks"}
	for what, pcm := range map[string][]int16{"person heard": heard, "service recorded": tape} {
		if got := hearing(t, book, pcm); !slices.Equal(got, want) {
			t.Errorf("the %s %q; want %q", what, got, want)
		}
		for _, p := range book[:2] {
			h.unbroken("what the "+what+" of "+p.Label, p.Samples, pcm)
		}
	}
	if c := compared(tape, heard); c.lost() > 0 {
		t.Errorf("of %v that was sent %v was heard, with jumps at %v", c.loud, c.found, c.jumps)
	}
	if got := h.text("SELECT value FROM answers WHERE result = 'answer'"); got != "2" || leg.Keys != "2" {
		t.Errorf("the person pressed %q, and %q is stored; want 2", leg.Keys, got)
	}
	h.noGaps(leg)
}

// over waits until a leg is over, recordings and all.
func over(tb testing.TB, net *people.Network, is func(people.Leg) bool) people.Leg {
	tb.Helper()
	var leg people.Leg
	await(tb, generous, "the end of a call at the far end", func() bool {
		for _, l := range net.Legs() {
			if is(l) && l.HeardFile != "" {
				leg = l
				return true
			}
		}
		return false
	})
	return leg
}

// noGaps asserts that all packets arrived, and none so late that one would hear
// it, unless they left late.
func (h *house) noGaps(l people.Leg) {
	h.Helper()
	if l.Audio.Missing > 0 {
		h.Errorf("%s: %d packets are missing", l.Who, l.Audio.Missing)
	}
	h.Logf("%s: %d packets, %d pauses over 20 ms beyond the schedule, the longest pause %.0f ms; %d late at the service",
		l.Who, l.Audio.Received, l.Audio.Gaps, l.Audio.LongestGap, h.late())
}

// A bridged call between phones of different laws, recorded at all four ends:
// the caller hears the greeting, then the agent; each hears the other.
func TestListenBridged(t *testing.T) {
	t.Parallel()
	const number = "+442079460301"
	h := newHouse(t, houseOptions{list: vipList, record: true})
	net := h.people(people.Options{})
	h.open()
	phone, err := net.Phone(people.PhoneOptions{Name: "lina", Password: "lina-secret", Codecs: []string{"PCMA"}, Record: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err = phone.Register(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err = phone.Dial(ctx, "*1"); err != nil {
		t.Fatal(err)
	}
	_, err = net.Call(ctx, number, "1888", people.Script{
		Persona: people.Complies, Talk: 4 * time.Second, Record: true, Codecs: []string{"PCMU"},
	})
	if err != nil {
		t.Fatal(err)
	}
	agent := over(t, net, func(l people.Leg) bool { return l.Who == "lina" && !l.Inbound })
	caller := over(t, net, func(l people.Leg) bool { return l.Who == number })
	callerTape := h.tape(h.text("SELECT id FROM calls"))
	agentTape := h.tape(h.text("SELECT agent_call FROM talks"))
	callerVoice, agentVoice := h.voiceOf(caller), h.voiceOf(agent)
	callerVoice.heard(h, "by the agent", readWAV(t, agent.HeardFile).Line())
	callerVoice.heard(h, "by the service", callerTape.Channel(0))
	callerVoice.heard(h, "as the service sent it to the agent", agentTape.Channel(1))
	agentVoice.heard(h, "by the caller", readWAV(t, caller.HeardFile).Line())
	agentVoice.heard(h, "by the service", agentTape.Channel(0))
	agentVoice.heard(h, "as the service sent it to the caller", callerTape.Channel(1))
	h.greetedFirst(readWAV(t, caller.HeardFile).Line(), agentVoice.pair)
	h.noGaps(caller)
	h.noGaps(agent)
}

// greetedFirst asserts that the greeting was over before a voice began.
func (h *house) greetedFirst(pcm []int16, voice []float64) {
	h.Helper()
	greeting := h.prompt("greeting", "en", said("Welcome to the VIP line of Daystar Mobile. We are connecting you with your own manager. Please hold."))
	list, err := people.Hear([]people.Prompt{greeting}, pcm)
	end := min(len(greeting.Samples), len(pcm))
	switch {
	case err == nil && len(list) == 1:
		end = audio.Samples(list[0].End)
	case err == nil && h.late() > 0: // a stall of the machine cut a piece out of it
		h.Logf("the greeting is not whole; %d packets were sent late", h.late())
	default:
		h.Fatalf("the caller heard the greeting %d times: %v", len(list), err)
	}
	if total, _ := tones(pcm[:end], voice); total > 0 {
		h.Errorf("the agent was heard for %v before the greeting was over", total)
	}
}

// voice is what a leg said in a talk.
type voice struct {
	who   string
	pair  []float64
	total time.Duration
	gap   time.Duration // the longest, as a far end that was too busy left it
}

// heard asserts that a voice was heard as it was sent, with no gap of more than
// a packet. Where the machine was too busy the service fills what it waits for
// with silence.
func (v voice) heard(h *house, how string, pcm []int16) {
	h.Helper()
	total, gap := tones(pcm, v.pair)
	missing, most := 2*audio.FrameDuration, audio.FrameDuration
	if v.gap > audio.FrameDuration || h.late() > 0 {
		missing, most = 500*time.Millisecond, v.gap+200*time.Millisecond
	}
	if total < v.total-missing || gap > most {
		h.Errorf("%s talked for %v with a gap of %v; %s: %v with a gap of %v", v.who, v.total, v.gap, how, total, gap)
	}
}

// voiceOf finds the pair of tones that a leg sent.
func (h *house) voiceOf(l people.Leg) voice {
	h.Helper()
	pcm := readWAV(h, l.SentFile).Line()
	const block = audio.Rate / 10
	for at := 0; at+block <= len(pcm); at += block {
		low, high := loudest(pcm[at:at+block], 300, 1100), loudest(pcm[at:at+block], 1900, 2600)
		if low == 0 || high == 0 {
			continue
		}
		v := voice{who: l.Who, pair: []float64{low, high}}
		v.total, v.gap = tones(pcm, v.pair)
		if v.total < 3500*time.Millisecond {
			h.Errorf("%s talked for %v only", l.Who, v.total)
		}
		return v
	}
	h.Fatalf("%s said nothing in %s", l.Who, l.SentFile)
	return voice{}
}

// loudest is the loudest frequency of a range; 0 where all is quiet.
func loudest(pcm []int16, from, to float64) (hz float64) {
	best := -20.0
	for f := from; f <= to; f += 10 {
		if level := audio.Goertzel(pcm, f); level > best {
			hz, best = f, level
		}
	}
	return hz
}
