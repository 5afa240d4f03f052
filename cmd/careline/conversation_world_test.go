package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"careline/ivr"
	"careline/sim/people"
)

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
	w.recordings(t, index)
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

// recordings writes one for each text, by language.
func (w *talkWorld) recordings(t *testing.T, index map[string]map[string]bool) {
	t.Helper()
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
	var err error
	if w.net, err = people.New(w.population(book)); err != nil {
		t.Fatal(err)
	}
	if err = w.openCarrier(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(w.dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	if w.svc, err = newService(t.Context(), w.cfg, slog.New(slog.NewTextHandler(log, nil)), nil); err != nil {
		t.Fatal(err)
	}
	w.net.SetService(w.called())
	w.live(t)
	for _, name := range []string{"li", "wang", "chen"} {
		w.logInAgent(t, name)
	}
}

// population are the people of the conversations, and how they behave.
func (w *talkWorld) population(book []people.Prompt) people.Options {
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
	return o
}

// live has the service and the network run until the test ends: the service ends
// first.
func (w *talkWorld) live(t *testing.T) {
	t.Helper()
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
	})
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
	if w.twin != nil {
		w.shows(t, c)
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

// shows looks at a call at Twilio as an operator does.
func (w *talkWorld) shows(t *testing.T, c *conversation) {
	t.Helper()
	o := &office{config: filepath.Join(w.dir, "careline.yaml")}
	var listed []callJSON
	if err := json.Unmarshal([]byte(o.does(t, "calls", "list", "--number", c.number, "--json")), &listed); err != nil || len(listed) != 1 {
		t.Errorf("%s: calls list knows %d calls, %v; want one", c.name, len(listed), err)
		return
	}
	out := o.does(t, "calls", "show", listed[0].ID)
	for result, value := range c.answers {
		if !strings.Contains(out, result+" = "+value) {
			t.Errorf("%s: calls show says nothing of %s = %s:\n%s", c.name, result, value, out)
		}
	}
	if !strings.Contains(out, "At Twilio it is CA") || !strings.Contains(out, "over: completed, after ") {
		t.Errorf("%s: calls show says\n%s", c.name, out)
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
