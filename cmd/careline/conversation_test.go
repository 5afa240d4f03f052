package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

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

// talkWorld is a service at work, and people who have the conversations with it.
type talkWorld struct {
	*demo

	talks []*conversation
	rows  *sqlx.DB
}

// columns are what the conversations know of a customer.
var columns = []string{"due", "contract_end", "balance", "manager", "points", "card", "branch"}

const talkConfig = `
node: talks
database: %q
region: GB
zone: Europe/London
flows: [%q]
prompts: [%q]
drain: 1s
sip: {listen: "127.0.0.1:0", rtp: %s}
trunks:
  - {name: carrier, address: "127.0.0.1:5080", allow: ["+442079460", "+442079470"], max_calls: 40, calls_per_second: 20, keepalive: -1s}
agents:
  - {name: li, team: care, password: li-secret}
  - {name: wang, team: care, password: wang-secret}
  - {name: chen, team: care, password: chen-secret}
  - {name: gone, team: nobody, password: gone-secret}
queues:
  - {name: care, team: care, ring_time: 10s, wrap_up: 1s, music: hold}
  - {name: vip, team: care, ring_time: 10s, wrap_up: 1s, music: hold}
  - {name: nobody, team: nobody, music: hold}
dids:
%s`

// newTalkWorld has a service and its people live until the test ends.
func newTalkWorld(t *testing.T, hosted bool) *talkWorld {
	t.Helper()
	dir := t.TempDir()
	w := &talkWorld{demo: &demo{cmd: &demoCmd{Seed: 1, Twilio: hosted}, dir: dir, began: time.Now()}}
	var dids, list strings.Builder
	list.WriteString("key,number,language," + strings.Join(columns, ",") + "\n")
	for i, name := range told {
		c := readConversation(t, name, i)
		c.parse(t)
		w.talks = append(w.talks, c)
		writeFile(t, dir, "flows/"+name+".yaml", c.text)
		fmt.Fprintf(&dids, "  - {number: %q, flow: %s}\n", c.did, name)
		fmt.Fprintf(&list, "%s,%s,%s", name, c.number, c.lang)
		for _, column := range columns {
			list.WriteString("," + c.contact[column])
		}
		list.WriteString("\n")
	}
	book := w.record(t)
	ports := map[bool]string{false: "23000-23999", true: "24000-24999"}[hosted]
	file := writeFile(t, dir, "careline.yaml", fmt.Sprintf(talkConfig, filepath.Join(dir, "careline.db"), filepath.Join(dir, "flows"), filepath.Join(dir, "prompts"), ports, dids.String()))
	o := &office{config: file}
	o.does(t, "contacts", "import", writeFile(t, dir, "list.csv", list.String()), "--list", "callers")
	var err error
	if w.cfg, err = loadConfig(file); err != nil {
		t.Fatal(err)
	}
	w.serve(t, book)
	if w.rows, err = sqlx.Open("sqlite", filepath.Join(dir, "careline.db")+"?_pragma=busy_timeout(10000)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.rows.Close() })
	return w
}

// record makes recordings of what the flows say, which are short, and what people
// know of them: by their words.
func (w *talkWorld) record(t *testing.T) []people.Prompt {
	t.Helper()
	index := map[string]map[string]bool{"en": {}, "zh": {}}
	fixedOnes := make(map[string]ivr.Prompt)
	for _, c := range w.talks {
		for _, node := range nodesOf(c.text) {
			for _, p := range c.flow.Said(node) {
				for _, piece := range p.Pieces {
					if piece.Kind == ivr.Text {
						index[p.Lang][piece.Value] = true
					}
				}
			}
		}
		maps.Copy(fixedOnes, c.prompts(nodesOf(c.text)))
	}
	seed := uint64(0)
	for lang, texts := range index {
		var lines strings.Builder
		for _, text := range slices.Sorted(maps.Keys(texts)) {
			seed++
			file := fmt.Sprintf("%d.wav", seed)
			writeFile(t, w.dir, "prompts/"+lang+"/"+file, wavText(t, noise(seed, 0x7a1c, 400*time.Millisecond)))
			fmt.Fprintf(&lines, "%s\t%s\n", file, text)
		}
		writeFile(t, w.dir, "prompts/"+lang+"/index.tsv", lines.String())
	}
	library, err := config{Prompts: []string{filepath.Join(w.dir, "prompts")}}.openSpeech()
	if err != nil {
		t.Fatal(err)
	}
	var book []people.Prompt
	for text, p := range fixedOnes {
		clips, err := library.Clips(p)
		if err != nil {
			t.Fatal(err)
		}
		book = append(book, people.Prompt{Label: text, Language: p.Lang, Samples: joined(clips)})
	}
	return book
}

// nodesOf are the names of a flow's nodes.
func nodesOf(text string) (names []string) {
	_, nodes, _ := strings.Cut(text, "\nnodes:\n")
	for line := range strings.Lines(nodes) {
		name, ok := strings.CutSuffix(strings.TrimSuffix(line, "\n"), ":")
		if ok && strings.HasPrefix(name, "  ") && !strings.HasPrefix(name, "   ") && !strings.Contains(name, "#") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// serve opens the network and the service, and logs the agents in.
func (w *talkWorld) serve(t *testing.T, book []people.Prompt) {
	t.Helper()
	o := people.Options{Seed: 1, Book: book, Behaviour: people.Behaviour{
		RingMin: 100 * time.Millisecond, RingMax: 300 * time.Millisecond, ThinkMin: 100 * time.Millisecond, ThinkMax: 300 * time.Millisecond,
		ListenMin: time.Second, ListenMax: 2 * time.Second, TalkMin: time.Second, TalkMax: 2 * time.Second, LongestCall: time.Minute, EarlyMedia: -1,
	}}
	for _, c := range w.talks {
		o.Subscribers = append(o.Subscribers, people.Subscriber{Number: c.number, Language: c.lang})
		for number, personas := range c.persons {
			o.Subscribers = append(o.Subscribers, people.Subscriber{Number: number, Personas: personas})
		}
	}
	var err error
	if w.net, err = people.New(o); err != nil {
		t.Fatal(err)
	}
	if err = w.openCarrier(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(w.dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	if w.svc, err = newService(t.Context(), w.cfg, slog.New(slog.NewTextHandler(log, nil)), nil); err != nil {
		t.Fatal(err)
	}
	w.net.SetService(w.called())
	ctx, over := context.WithCancel(context.Background())
	away, hangUp := context.WithCancel(context.Background())
	var all, far errgroup.Group
	far.Go(func() error { return w.net.Run(away) })
	far.Go(func() error { return w.twin.run(away) })
	all.Go(func() error { return w.svc.Run(ctx, context.Background()) })
	t.Cleanup(func() {
		over()
		if err := all.Wait(); err != nil {
			t.Error(err)
		}
		hangUp()
		if err := far.Wait(); err != nil {
			t.Error(err)
		}
		w.blameless(t)
		w.svc.Close()
		log.Close()
	})
	for _, name := range []string{"li", "wang", "chen"} {
		w.logInAgent(t, name)
	}
}

func (w *talkWorld) logInAgent(t *testing.T, name string) {
	t.Helper()
	phone, err := w.net.Phone(people.PhoneOptions{
		Name: name, Password: name + "-secret", Service: w.svc.driver.Addr().String(), Ring: 100 * time.Millisecond, Talk: 1500 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err = phone.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err = phone.Dial(t.Context(), "*1"); err != nil {
		t.Fatal(err)
	}
}

// blameless: the twin has nothing to complain of, and the service neither.
func (w *talkWorld) blameless(t *testing.T) {
	t.Helper()
	if w.twin != nil {
		for _, v := range w.twin.Violations() {
			t.Errorf("violation: %s", v)
		}
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "level=ERROR") {
			t.Error(line)
		}
	}
	if t.Failed() {
		t.Logf("the service said:\n%s", text)
	}
}

// have has a conversation, and compares what was heard and kept.
func (w *talkWorld) have(t *testing.T, c *conversation) {
	t.Helper()
	leg, err := w.net.Call(t.Context(), c.number, c.did, people.Script{
		Persona: people.Silent, Turns: c.turns, Talk: -1, Longest: c.longest,
	})
	if err != nil || leg.Status != 200 {
		t.Errorf("%s: the call ended with %d, %v", c.name, leg.Status, err)
		return
	}
	if diff := cmp.Diff(c.hears, leg.Heard, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: heard (-written +heard):\n%s", c.name, diff)
	}
	const call = "FROM calls WHERE from_number = ? AND direction = 'inbound'"
	if !appears(generous, func() bool { return w.count(t, "SELECT COUNT(*) "+call+" AND ended_at > 0", c.number) == 1 }) {
		t.Errorf("%s: the call is not closed", c.name)
	}
	if diff := cmp.Diff(c.answers, w.kept(t, "SELECT result, value FROM answers WHERE call_id IN (SELECT id "+call+")", c.number)); diff != "" {
		t.Errorf("%s: answers (-written +kept):\n%s", c.name, diff)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM do_not_call WHERE number = ?", c.number); (n > 0) != c.optOut {
		t.Errorf("%s: %d entries not to call; opted out: %v", c.name, n, c.optOut)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM callbacks WHERE number = ?", c.number); (n > 0) != c.callback {
		t.Errorf("%s: %d notes to call back; written: %v", c.name, n, c.callback)
	}
}

// kept are the answers of a call.
func (w *talkWorld) kept(t *testing.T, query string, args ...any) map[string]string {
	t.Helper()
	var rows []struct{ Result, Value string }
	if err := w.rows.SelectContext(t.Context(), &rows, query, args...); err != nil {
		t.Error(err)
	}
	kept := make(map[string]string)
	for _, r := range rows {
		kept[r.Result] = r.Value
	}
	return kept
}

// count is a number of the rows; below 0 it cannot be read.
func (w *talkWorld) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	n := -1
	if err := w.rows.GetContext(t.Context(), &n, query, args...); err != nil {
		t.Error(err)
	}
	return n
}
