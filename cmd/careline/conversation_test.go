package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/ivr"
	"careline/sim/people"
)

// told are the conversations that were written down to test the flows, and that
// two telephones can have. Of the others reminder-nonsense tells of what cannot
// happen, those of machines need a call that we place, record and complaint have
// tests of their own with sound, and kinds-any and kinds-exact wait for the rest of a
// number longer than all these together.
var told = []string{
	"care-nobody", "dial-busy", "dial-missing", "kinds-missing", "kinds-visits",
	"reminder-again", "reminder-agent", "reminder-callback", "reminder-left", "reminder-missing", "reminder-optout",
	"renew-agent", "renew-no", "renew-silent", "renew-yes", "vip-connected", "vip-full",
}

// The conversations that test the flows go the same way on the telephone, by SIP
// and by Twilio: people hear what is written, and what they press is kept.
func TestConversations(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name   string
		twilio bool
	}{{"sip", false}, {"twilio", true}} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			w := newTalkWorld(t, way.twilio)
			var talks sync.WaitGroup
			defer talks.Wait()
			for _, c := range w.talks {
				talks.Go(func() { w.have(t, c) })
			}
		})
	}
}

// conversation is one that was written down, as it goes on the telephone.
type conversation struct {
	name    string
	flow    *ivr.Flow
	text    string // of the flow, with a name of its own and less waiting
	lang    string
	contact map[string]string
	did     string // that is called
	number  string // of who calls
	other   string // whom the flow calls

	varies   bool                // what was said last has parts that differ from call to call
	turns    map[string][]string // keys, by what was asked
	hears    []string            // what is the same in every call, in order
	answers  map[string]string
	optOut   bool
	callback bool
	longest  time.Duration               // until the caller hangs up; 0: they stay
	persons  map[string][]people.Persona // behind numbers that the flow calls
}

// readConversation reads a transcript of package ivr.
func readConversation(t *testing.T, name string, n int) *conversation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../ivr/testdata", name+".call"))
	if err != nil {
		t.Fatal(err)
	}
	c := &conversation{
		name: name, contact: map[string]string{}, turns: map[string][]string{}, answers: map[string]string{}, persons: map[string][]people.Persona{},
		did: fmt.Sprintf("+4420794608%02d", n), number: fmt.Sprintf("+4420794603%02d", n), other: fmt.Sprintf("+4420794604%02d", n),
	}
	asked := "" // what the caller does next
	for line := range strings.Lines(string(text)) {
		asked = c.read(t, strings.TrimSuffix(line, "\n"), asked)
	}
	return c
}

// read takes in a line, and returns what was asked for last.
func (c *conversation) read(t *testing.T, line, asked string) string {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "flow":
		text, err := os.ReadFile(filepath.Join("../../ivr/testdata", rest))
		if err != nil {
			t.Fatal(err)
		}
		c.text = string(text)
	case "lang":
		c.lang, _, _ = strings.Cut(rest, "-")
	case "contact":
		name, value, _ := strings.Cut(rest, "=")
		c.contact[name] = value
	case "<":
		return c.asks(rest)
	case ">":
		c.happens(rest, asked)
	}
	return asked
}

// asks takes in what the flow asks for.
func (c *conversation) asks(action string) string {
	kind, rest, _ := strings.Cut(action, " ")
	_, said, _ := strings.Cut(rest, ": ")
	switch kind {
	case "play", "gather":
		_, words, _ := strings.Cut(said, " ")
		c.varies = strings.Contains(words, "[")
		words = words[strings.LastIndex(words, "]")+1:] // what follows the last part that differs from call to call
		if words = strings.TrimSpace(words); words != "" {
			c.hears = append(c.hears, words)
		}
		return kind + " " + words
	case "answer":
		result, value, _ := strings.Cut(said, " = ")
		c.answers[result], _, _ = strings.Cut(value, " ")
	case "optout":
		c.optOut = said == "all"
	case "callback":
		c.callback = true
	case "dial":
		number, _, _ := strings.Cut(said, " by ")
		return "dial " + number
	}
	return kind
}

// happens takes in what the caller, or whoever else is meant, does about it.
func (c *conversation) happens(event, asked string) {
	kind, what, _ := strings.Cut(asked, " ")
	word, keys, _ := strings.Cut(event, " ")
	switch {
	case kind == "gather" && (word == "key" || word == "keys"):
		c.turns[what] = append(c.turns[what], keys)
	case kind == "gather" && word == "silence":
		c.turns[what] = append(c.turns[what], people.Nothing)
	case kind == "gather" && word == "hungup":
		c.turns[what] = append(c.turns[what], people.HangUp)
	case kind == "play" && word == "hungup":
		if c.varies { // they do not wait for the end of it
			c.hears = c.hears[:len(c.hears)-1]
		}
		c.longest = 1500 * time.Millisecond
	case kind == "dial":
		persona := map[string]people.Persona{"busy": people.Busy, "timeout": people.NoAnswer, "connected": people.HangsUp}[word]
		c.persons[c.called(what)] = []people.Persona{persona}
	case kind == "enqueue" && (word == "timeout" || word == "full"):
		c.text = strings.NewReplacer("queue: care", "queue: nobody", "queue: vip", "queue: nobody", "known_agent_wait: 15s", "known_agent_wait: 1s", "max_wait: 60s", "max_wait: 2s").Replace(c.text)
	}
}

// called is the number that stands for one that the flow calls: the numbers of
// the examples serve several conversations.
func (c *conversation) called(number string) string {
	if strings.HasPrefix(number, "+") {
		return c.other
	}
	return strings.Replace(c.other, "+44207946", "+44207947", 1)
}

// parse gives the flow a name of its own, and reads it.
func (c *conversation) parse(t *testing.T) {
	t.Helper()
	_, text, _ := strings.Cut("\n"+c.text, "\nflow: ")
	_, rest, _ := strings.Cut(text, "\n")
	c.text = "flow: " + c.name + "\n" + strings.Replace(rest, `dial: {number: "+44 20 7946 0000", refer: true}`, `dial: {number: "`+c.other+`", ring: 1s}`, 1)
	if branch := c.contact["branch"]; strings.HasPrefix(branch, "0") {
		c.contact["branch"] = c.called(branch)
	}
	var err error
	if c.flow, err = ivr.Parse(c.name, []byte(c.text)); err != nil {
		t.Fatal(err)
	}
}

// words are what a prompt says.
func words(p ivr.Prompt) string {
	list := make([]string, 0, len(p.Pieces))
	for _, piece := range p.Pieces {
		list = append(list, piece.Value)
	}
	return strings.Join(list, " ")
}

// prompts are what of a flow's prompts is the same in every call, each once: all of
// it, or what follows the last part that differs.
func (c *conversation) prompts(nodes []string) map[string]ivr.Prompt {
	all := make(map[string]ivr.Prompt)
	for _, node := range nodes {
		for _, p := range c.flow.Said(node) {
			same := p.Pieces
			for i, piece := range p.Pieces {
				if piece.Kind != ivr.Text {
					same = p.Pieces[i+1:]
				}
			}
			if p.Pieces = same; len(same) > 0 {
				all[words(p)] = p
			}
		}
	}
	return all
}
