package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/ivr"
	"careline/sim/people"
)

const crashFlow = `
flow: crash
outbound: true
languages: [en]
start: first
nodes:
  first:
    gather: {num_digits: 1, timeout: 1s, tries: 1}
    say: {en: First question.}
    result: first
    on: {"1-2": second, "9": stop, noinput: goodbye, nomatch: goodbye}
  second:
    gather: {num_digits: 1, timeout: 1s, tries: 1}
    say: {en: Second question.}
    result: second
    on: {"3-5": thanks, noinput: goodbye, nomatch: goodbye}
  thanks:
    say: {en: Thank you.}
    next: end
  stop:
    optout: {scope: all}
    next: stopped
  stopped:
    say: {en: We will not call again.}
    next: end
  goodbye:
    say: {en: Goodbye.}
    next: end
`

const crashCampaign = `
name: crash
flow: crash
list: crash
mode: agentless
trunks: [carrier]
caller_id: "+442079460999"
ring_timeout: 1500ms
max_attempts: 2
retry: {busy: [1s], no_answer: [1s], unreachable: [1s]}
complete: [first, second]
success: {first: ["1"]}
`

const crashConfig = `
node: crash
database: %q
journal: crash.journal
region: GB
zone: Europe/London
flows: [flows]
prompts: [prompts]
sip: {listen: %q, rtp: 20000-21999}
trunks:
  - name: carrier
    address: %q
    username: careline
    password: crash
    max_calls: 14
    calls_per_second: 30
    allow: ["+44207946"]
`

// crashBehaviour is quick, as a test has no time for people.
var crashBehaviour = people.Behaviour{
	Mix: map[people.Persona]float64{
		people.Complies: 56, people.BargesIn: 10, people.HangsUp: 7, people.Silent: 3, people.OptsOut: 5,
		people.Busy: 6, people.NoAnswer: 7, people.Refuses: 2, people.Unavailable: 2, people.Nonexistent: 2,
	},
	RingMin: 200 * time.Millisecond, RingMax: time.Second,
	ThinkMin: 100 * time.Millisecond, ThinkMax: 400 * time.Millisecond,
	ListenMin: 300 * time.Millisecond, ListenMax: 3 * time.Second,
	Patience: time.Minute, // what the service forgets stays on the line, to be found
}

// crashWorld is a folder with all that a service needs, and a telephone network
// with a person behind every number of the list.
type crashWorld struct {
	*testing.T
	dir    string
	config string
	seed   uint64
	people int
	book   map[string]people.Prompt // by label
	net    *people.Network
	db     *sqlx.DB // the raw rows

	mu     sync.Mutex
	notify func(people.Entry)
}

// worlds counts those that were made: each service has an address of its own, on
// which nobody takes its ports while it is dead.
var worlds struct {
	sync.Mutex
	n byte
}

func ownAddress() string {
	worlds.Lock()
	defer worlds.Unlock()
	worlds.n++
	return net.IPv4(127, 9, 0, worlds.n).String()
}

// newCrashWorld sets everything up and imports a list of the length given;
// database is a URL, or empty for a file in the folder.
func newCrashWorld(t *testing.T, database string, listed int) *crashWorld {
	t.Helper()
	w := &crashWorld{T: t, seed: crashSeed(t), people: listed, notify: nothing}
	w.makeFolder()
	driver := "postgres"
	if database == "" {
		driver, database = "sqlite", filepath.Join(w.dir, "careline.db")
	}
	w.files()
	w.openNetwork()
	w.config = w.write("careline.yaml", fmt.Sprintf(crashConfig, database, freeUDP(t, ownAddress()), w.net.Addr()))
	w.must("contacts", "import", filepath.Join(w.dir, "crash.csv"))
	w.must("campaign", "create", filepath.Join(w.dir, "campaign.yaml"))
	var err error
	if w.db, err = sqlx.Open(driver, database); err != nil {
		t.Fatal("open the raw rows:", err)
	}
	return w
}

func nothing(people.Entry) {}

// makeFolder makes the folder, which is kept when the test fails.
func (w *crashWorld) makeFolder() {
	w.Helper()
	var err error
	if w.dir, err = os.MkdirTemp("", "careline-crash-"); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if w.Failed() {
			w.dump()
			w.Logf("seed %d; database, diary and logs are kept in %s", w.seed, w.dir)
		} else {
			os.RemoveAll(w.dir)
		}
		if w.db != nil {
			w.db.Close()
		}
	})
}

func (w *crashWorld) write(name, text string) string {
	w.Helper()
	return writeFile(w, w.dir, name, text)
}

// files writes the flow, the campaign, the list and the recordings.
func (w *crashWorld) files() {
	w.Helper()
	w.write("flows/crash.yaml", crashFlow)
	w.write("campaign.yaml", crashCampaign)
	list := strings.Builder{}
	list.WriteString("key,number\n")
	for i := range w.people {
		fmt.Fprintf(&list, "C%03d,020 7946 0%03d\n", i, i)
	}
	w.write("crash.csv", list.String())
	index := strings.Builder{}
	for i, text := range []string{"First question.", "Second question.", "Thank you.", "We will not call again.", "Goodbye."} {
		file := fmt.Sprintf("%d.wav", i)
		fmt.Fprintf(&index, "%s\t%s\n", file, text)
		w.write("prompts/en/"+file, wavText(w, noise(uint64(i), 0x50d, 600*time.Millisecond)))
	}
	w.write("prompts/en/index.tsv", index.String())
}

// openNetwork puts people behind all numbers, who know the flow's prompts by
// the names of their nodes, and has it live until the test ends.
func (w *crashWorld) openNetwork() {
	w.Helper()
	w.learn()
	o := people.Options{
		Seed: w.seed, Behaviour: crashBehaviour,
		Challenge: &people.Credentials{User: "careline", Password: "crash"},
		Notify: func(e people.Entry) {
			w.mu.Lock()
			notify := w.notify
			w.mu.Unlock()
			notify(e)
		},
	}
	for _, p := range w.book {
		o.Book = append(o.Book, p)
	}
	var err error
	if w.net, err = people.New(o); err != nil {
		w.Fatal("open the telephone network:", err)
	}
	ctx, hangUp := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.net.Run(ctx) }()
	w.Cleanup(func() {
		hangUp()
		if err := <-ended; err != nil {
			w.Errorf("the telephone network ended: %v", err)
		}
	})
}

// learn fills the book.
func (w *crashWorld) learn() {
	w.Helper()
	flow, err := ivr.Parse("crash.yaml", []byte(crashFlow))
	if err != nil {
		w.Fatal(err)
	}
	library, err := config{Prompts: []string{filepath.Join(w.dir, "prompts")}}.openSpeech()
	if err != nil {
		w.Fatal(err)
	}
	choices := map[string]map[people.Persona]people.Choices{
		"first":  {people.Complies: {"1": 0.6, "2": 0.4}, people.OptsOut: {"9": 1}},
		"second": {people.Complies: {"3": 0.3, "4": 0.3, "5": 0.4}},
	}
	w.book = make(map[string]people.Prompt)
	for _, node := range []string{"first", "second", "thanks", "stopped", "goodbye"} {
		clips, err := library.Clips(flow.Said(node)[0])
		if err != nil {
			w.Fatal(err)
		}
		w.book[node] = people.Prompt{Label: node, Samples: joined(clips), Choices: choices[node]}
	}
}

// listen has f told of what the people note, before anything follows from it.
func (w *crashWorld) listen(f func(people.Entry)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notify = f
}

// must runs a command in the test's own process.
func (w *crashWorld) must(args ...string) string {
	w.Helper()
	var out, errs strings.Builder
	code := run(w.Context(), append([]string{"--config", w.config}, args...), streams{in: strings.NewReader(""), out: &out, err: &errs})
	if code != exitDone {
		w.Fatalf("careline %s: exit %d: %s", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

// dump writes down what a failing test should leave: the diary, and the rows in
// case that their server ends with the test.
func (w *crashWorld) dump() {
	if w.net != nil {
		var diary strings.Builder
		to := json.NewEncoder(&diary)
		for _, e := range w.net.Diary() {
			_ = to.Encode(e)
		}
		w.write("diary.jsonl", diary.String())
	}
	if w.db == nil {
		return
	}
	for _, table := range []string{"attempts", "contacts", "calls", "answers", "nodes", "campaigns", "do_not_call", "lost_calls"} {
		lines, err := w.lines(table)
		if err != nil {
			w.Logf("dump %s: %v", table, err)
		}
		w.write(table+".jsonl", lines)
	}
}

// lines are the rows of a table, each as JSON.
func (w *crashWorld) lines(table string) (string, error) {
	rows, err := w.db.QueryxContext(context.Background(), "SELECT * FROM "+table)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var lines strings.Builder
	to := json.NewEncoder(&lines)
	for rows.Next() {
		row := map[string]any{}
		if err := rows.MapScan(row); err != nil {
			return lines.String(), err
		}
		for column, value := range row {
			if text, ok := value.([]byte); ok {
				row[column] = string(text)
			}
		}
		_ = to.Encode(row)
	}
	return lines.String(), rows.Err()
}

// freeUDP is an address of the host's on which nobody listens.
func freeUDP(t testing.TB, host string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", host+":0")
	if err != nil {
		t.Fatal("find a free port:", err)
	}
	defer conn.Close()
	return conn.LocalAddr().String()
}
