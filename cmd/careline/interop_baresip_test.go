package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

const vipList = "key,number,language,manager\nV,020 7946 0301,en,lina\n"

// vip calls the VIP line and waits until an agent is joined.
func (h *house) vip(ip string) *plainCall {
	h.Helper()
	c := h.plain(ip).call("+442079460301", "1888")
	await(h, generous, "an agent to be joined", func() bool {
		return h.number("SELECT COUNT(*) FROM talks WHERE joined_at > 0") > 0
	})
	return c
}

// A softphone of others is an agent's phone: it registers, is ready, answers,
// hears the caller and is heard.
func TestBaresipAgent(t *testing.T) {
	t.Parallel()
	caller := ownIP()
	h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}, record: true})
	h.open()
	phone := h.agentPhone("lina")
	c := h.vip(caller)
	await(t, generous, "the caller to hear the agent for 4 s", func() bool {
		total, _ := tones(c.hears(), softphoneVoice)
		return total > 4*time.Second
	})
	c.hangUp()
	phone.over(2)
	await(t, generous, "the end of the talk", func() bool {
		return h.text("SELECT outcome FROM talks WHERE agent = 'lina' AND ended_at > 0") != ""
	})
	// The softphone has a clock and a jitter buffer of its own, which a busy
	// machine upsets. TestListenBridged measures more closely.
	if total, gap := tones(c.hears(), softphoneVoice); gap > 200*time.Millisecond {
		t.Errorf("the caller heard the agent for %v, with a gap of %v", total, gap)
	}
	if total, gap := tones(phone.heard(), plainVoice); total < 3500*time.Millisecond || gap > 200*time.Millisecond {
		t.Errorf("the agent heard the caller for %v, with a gap of %v; want 4 s without one", total, gap)
	}
	greeting := h.prompt("greeting", "en", said("Welcome to the VIP line of Daystar Mobile. We are connecting you with your own manager. Please hold."))
	if got := hearing(t, []people.Prompt{greeting}, c.hears()); !slices.Equal(got, []string{"greeting"}) {
		t.Errorf("the caller heard %q; want the greeting", got)
	}
}

// A softphone that dies in the middle of a talk frees its agent within 25 s, and
// so does one that dies while nobody talks to it.
func TestBaresipKilled(t *testing.T) {
	t.Parallel()
	t.Run("talking", func(t *testing.T) {
		t.Parallel()
		caller := ownIP()
		h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}})
		h.open()
		phone := h.agentPhone("lina")
		h.vip(caller)
		phone.kill()
		await(t, 25*time.Second, "the end of the talk", func() bool {
			return h.number("SELECT COUNT(*) FROM talks WHERE ended_at > 0") == 1
		})
		await(t, 25*time.Second, "the agent to be taken for gone", func() bool {
			return h.logged("phone changed", "lina", "reachable=false") > 0
		})
	})
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		caller := ownIP()
		h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}})
		h.open()
		phone, colleague := h.agentPhone("lina"), h.agentPhone("wang")
		phone.kill()
		killed := time.Now()
		h.vip(caller) // whose own agent has gone
		if took := time.Since(killed); took > 25*time.Second {
			t.Errorf("a caller reached the colleague %v after the phone was killed; want 25 s at most", took)
		}
		if got := h.text("SELECT agent FROM talks WHERE joined_at > 0"); got != "wang" {
			t.Errorf("the caller talks to %q; want wang", got)
		}
		colleague.says("Call established", 2)
	})
}

// An agent tries the reminder line from a softphone, and presses a key.
func TestBaresipCaller(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{record: true})
	h.open()
	phone := h.agentPhone("lina")
	phone.command("/dial 1861")
	await(t, generous, "the reminder to be heard", func() bool {
		return h.number("SELECT COUNT(*) FROM answers WHERE result = 'heard'") == 1
	})
	phone.command("2")
	await(t, generous, "the choice", func() bool {
		return h.text("SELECT value FROM answers WHERE result = 'choice'") == "2"
	})
	phone.listen(6 * time.Second)
	phone.command("/hangup")
	phone.over(2)
	book := []people.Prompt{
		h.prompt("reminder", "zh", said("您好，这里是晨星通信客户服务中心。您本月的话费还没有交清。请您尽快交费，以免暂停拨打电话。交费可以使用充值卡、手机应用，或到营业厅办理。")),
		h.prompt("unknown", "zh", said("很抱歉，暂时查不到您的余额。请使用手机应用查询。")),
	}
	h.sentAndHeard(phone, book, "reminder", "unknown")
}

// A softphone that listens on the trunk's address, without registering, plays
// the carrier, as the README has it.
func TestBaresipCarrier(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0301\n", record: true})
	h.open()
	phone := h.softphone("carrier", h.carrier, "<sip:+442079460301@"+h.carrier+";transport=udp>;regint=0")
	h.campaign()
	phone.says("Call established", 1)
	phone.listen(1200 * time.Millisecond)
	phone.command("1")
	h.finished()
	phone.over(1)
	if got := h.text("SELECT value FROM answers WHERE result = 'answer'"); got != "1" {
		t.Errorf("the answer is %q; want 1", got)
	}
	if got := h.text("SELECT state FROM contacts"); got != "completed" {
		t.Errorf("the contact is %q; want completed", got)
	}
	h.sentAndHeard(phone, h.book(), "quick/question", "quick/thanks")
}

// sentAndHeard asserts that the service sent prompts in this order in its only
// call of a flow, and that the softphone heard them so.
func (h *house) sentAndHeard(phone *softphone, book []people.Prompt, want ...string) {
	h.Helper()
	sent := h.tape(h.text("SELECT id FROM calls")).Channel(1)
	if got := hearing(h, book, sent); !slices.Equal(got, want) {
		h.Errorf("the service sent %q; want %q", got, want)
	}
	// Its own jitter buffer drops a frame when it does not get to run in time.
	if c := compared(sent, phone.heard()); c.lost() > c.loud/8+300*time.Millisecond {
		h.Errorf("of %v of sound the softphone missed %v, and jumped at %v", c.loud, c.loud-c.found, c.jumps)
	}
}

// listen waits until the softphone has heard so much more of its call.
func (p *softphone) listen(d time.Duration) {
	p.Helper()
	recorded := func() (bytes int64) {
		files, _ := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
		for _, name := range files {
			if info, err := os.Stat(name); err == nil {
				bytes += info.Size()
			}
		}
		return bytes
	}
	enough := recorded() + int64(2*audio.Samples(d))
	await(p, generous, "the softphone to hear more", func() bool { return recorded() >= enough })
}
