package main

import (
	"cmp"
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
	jumps, found, loud := compared(prompt, heard)
	lost := loud - found
	for _, j := range jumps {
		lost += max(j.by, -j.by)
	}
	if late := h.late(); lost > audio.FrameDuration && (late == 0 || lost > time.Second) {
		h.Errorf("%s: of %v, %v is lost or out of place, at %v; %d packets were sent late", what, loud, lost, jumps, late)
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
	if jumps, found, loud := compared(tape, heard); len(jumps) > 0 || found < loud {
		t.Errorf("of %v that was sent %v was heard, with jumps at %v", loud, found, jumps)
	}
	if got := h.text("SELECT value FROM answers WHERE result = 'answer'"); got != "2" || leg.Keys != "2" {
		t.Errorf("the person pressed %q, and %q is stored; want 2", leg.Keys, got)
	}
	h.noGaps(leg)
}

// over waits until a leg is over, recordings and all.
func over(t testing.TB, net *people.Network, is func(people.Leg) bool) people.Leg {
	t.Helper()
	var leg people.Leg
	await(t, generous, "the end of a call at the far end", func() bool {
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
	if err := phone.Register(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Dial(ctx, "*1"); err != nil {
		t.Fatal(err)
	}
	caller, err := net.Call(ctx, number, "1888", people.Script{
		Persona: people.Complies, Talk: 4 * time.Second, Record: true, Codecs: []string{"PCMU"},
	})
	if err != nil {
		t.Fatal(err)
	}
	agent := over(t, net, func(l people.Leg) bool { return l.Who == "lina" && !l.Inbound })
	caller = over(t, net, func(l people.Leg) bool { return l.Who == number })
	callerTape := h.tape(h.text("SELECT id FROM calls"))
	agentTape := h.tape(h.text("SELECT agent_call FROM talks"))
	callerVoice, agentVoice := voiceOf(t, caller), voiceOf(t, agent)
	for what, heard := range map[string]struct {
		pcm  []int16
		pair []float64
	}{
		"the agent heard the caller":            {readWAV(t, agent.HeardFile).Line(), callerVoice},
		"the caller heard the agent":            {readWAV(t, caller.HeardFile).Line(), agentVoice},
		"the service heard the caller":          {callerTape.Channel(0), callerVoice},
		"the service sent the caller the agent": {callerTape.Channel(1), agentVoice},
		"the service heard the agent":           {agentTape.Channel(0), agentVoice},
		"the service sent the agent the caller": {agentTape.Channel(1), callerVoice},
	} {
		if total, gap := tones(heard.pcm, heard.pair); total < 3500*time.Millisecond || gap > audio.FrameDuration {
			t.Errorf("%s for %v, with a gap of %v; want 4 s without one", what, total, gap)
		}
	}
	h.greetedFirst(readWAV(t, caller.HeardFile).Line(), agentVoice)
	h.noGaps(caller)
	h.noGaps(agent)
}

// greetedFirst asserts that the greeting was over before a voice began.
func (h *house) greetedFirst(pcm []int16, voice []float64) {
	h.Helper()
	greeting := h.prompt("greeting", "en", said("Welcome to the VIP line of Daystar Mobile. We are connecting you with your own manager. Please hold."))
	list, err := people.Hear([]people.Prompt{greeting}, pcm)
	if err != nil || len(list) != 1 {
		h.Fatalf("the caller heard the greeting %d times: %v", len(list), err)
	}
	if total, _ := tones(pcm[:audio.Samples(list[0].End)], voice); total > 0 {
		h.Errorf("the agent was heard for %v before the greeting was over", total)
	}
}

// voiceOf is the pair of tones that a leg sent for most of its talk.
func voiceOf(t testing.TB, l people.Leg) []float64 {
	t.Helper()
	pcm := readWAV(t, l.SentFile).Line()
	type line struct{ hz, level float64 }
	var best []line
	for at := 0; at+audio.Rate/10 <= len(pcm); at += audio.Rate / 10 {
		block := pcm[at : at+audio.Rate/10]
		var lines []line
		for hz := 300.0; hz < 2600; hz += 10 {
			lines = append(lines, line{hz, audio.Goertzel(block, hz)})
		}
		slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(b.level, a.level) })
		if lines[1].level > -20 {
			best = lines[:2]
			break
		}
	}
	if best == nil {
		t.Fatalf("%s said nothing in %s", l.Who, l.SentFile)
	}
	return []float64{best[0].hz, best[1].hz}
}
