package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/ivr"
	"careline/sim/people"
	"careline/speech"
)

// generous is how long a test waits for what comes at once on a machine that
// has nothing else to do.
const generous = 30 * time.Second

// houseOptions describe a house. The zero value is one without a carrier.
type houseOptions struct {
	list    string        // CSV of the list "people"
	rtp     string        // empty: 20000-20999
	drain   time.Duration // 0: 20 s
	sources []string      // IPs whose calls are the carrier's
	record  bool
}

// house is a folder with all that careline serve needs, and that command in a
// process of its own, on an address of its own.
type house struct {
	*testing.T
	dir     string
	config  string
	service string // its SIP address
	carrier string // where its trunk leads
	*victim
	db  *sqlx.DB // the raw rows
	net *people.Network
}

// addresses counts those that were given away.
var addresses atomic.Uint32

// ownIP is an address on which nobody else listens, be it another test or
// another run of this one.
func ownIP() string {
	n, pid := addresses.Add(1), os.Getpid()
	return net.IPv4(127, byte(64+pid%128), byte(1+pid/128%250), byte(n)).String()
}

// newHouse writes the files. Nothing runs yet.
func newHouse(t *testing.T, o houseOptions) *house {
	t.Helper()
	h := &house{T: t, service: ownIP() + ":5060", carrier: ownIP() + ":5060"}
	h.makeFolder()
	if o.rtp == "" {
		o.rtp = "20000-20999"
	}
	if o.drain == 0 {
		o.drain = 20 * time.Second
	}
	record := ""
	if o.record {
		record = "tapes"
	}
	flows, err := filepath.Abs("../../examples/flows")
	if err != nil {
		t.Fatal(err)
	}
	h.config = h.write("careline.yaml", fmt.Sprintf(houseConfig, flows, o.drain, h.service, o.rtp, record,
		h.carrier, strings.Join(o.sources, ", ")))
	h.voices()
	for name, text := range houseFlows {
		h.write("flows/"+name+".yaml", text)
	}
	h.write("quick.yaml", houseCampaign)
	if o.list != "" {
		h.must("contacts", "import", h.write("people.csv", o.list))
	}
	return h
}

// makeFolder makes the folder, which is kept when the test fails.
func (h *house) makeFolder() {
	h.Helper()
	var err error
	if h.dir, err = os.MkdirTemp("", "careline-house-"); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if h.Failed() {
			h.Logf("database, recordings and logs are kept in %s; the service said:\n%s", h.dir, h.log())
			return
		}
		os.RemoveAll(h.dir)
	})
}

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

func (h *house) write(name, text string) string {
	h.Helper()
	return writeFile(h, h.dir, name, text)
}

// voices records what the flows say: noise that is like no other.
func (h *house) voices() {
	h.Helper()
	var index strings.Builder
	for i, s := range sayings {
		file := fmt.Sprintf("%d.wav", i)
		h.wav("prompts/en/"+file, noise(uint64(i), 0x5a9, s.lasts))
		fmt.Fprintf(&index, "%s\t%s\n", file, s.text)
	}
	h.write("prompts/en/index.tsv", index.String())
}

// wav writes samples at 8000 Hz and returns the path.
func (h *house) wav(name string, pcm []int16) string {
	h.Helper()
	return h.write(name, wavText(h, pcm))
}

// open starts the service and waits until it serves.
func (h *house) open() {
	h.Helper()
	h.start()
	await(h, generous, "the service to open", func() bool {
		select {
		case <-h.gone:
			h.Fatalf("the service did not open: %v", h.err)
		default:
		}
		return h.logged("careline serves SIP") > 0
	})
	var err error
	if h.db, err = sqlx.Open("sqlite", h.path("careline.db")+"?_pragma=busy_timeout(10000)"); err != nil {
		h.Fatal("open the raw rows:", err)
	}
	h.Cleanup(func() { h.db.Close() })
}

// start starts the service, which may refuse to serve.
func (h *house) start() {
	h.Helper()
	v, err := startVictim(h, h.config, h.path("serve.log"))
	if err != nil {
		h.Fatal("start the service:", err)
	}
	h.victim = v
	h.Cleanup(v.kill)
}

// people opens a network behind the trunk, which lives until the test ends.
func (h *house) people(o people.Options) *people.Network {
	h.Helper()
	o.Listen, o.Service = h.carrier, h.service
	o.RecordDir = h.path("people")
	if o.Book == nil {
		o.Book = h.book()
	}
	var err error
	if h.net, err = people.New(o); err != nil {
		h.Fatal("open the telephone network:", err)
	}
	ctx, hangUp := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.net.Run(ctx) }()
	h.Cleanup(func() {
		hangUp()
		if err := <-ended; err != nil {
			h.Errorf("the telephone network ended: %v", err)
		}
	})
	return h.net
}

// speech is what the service speaks with.
func (h *house) speech() *speech.Library {
	h.Helper()
	library, err := config{Prompts: []string{h.path("prompts")}}.openSpeech()
	if err != nil {
		h.Fatal(err)
	}
	return library
}

// prompt is a sound of the service's under a label of the test's own.
func (h *house) prompt(label, lang string, pieces ...ivr.Piece) people.Prompt {
	h.Helper()
	clips, err := h.speech().Clips(ivr.Prompt{Lang: lang, Pieces: pieces})
	if err != nil {
		h.Fatalf("the prompt %s: %v", label, err)
	}
	return people.Prompt{Label: label, Language: lang, Samples: joined(clips)}
}

// book is what the house's own flows say.
func (h *house) book() []people.Prompt {
	h.Helper()
	var list []people.Prompt
	for _, s := range sayings {
		list = append(list, h.prompt(s.label, "en", said(s.text)))
	}
	return list
}

func said(text string) ivr.Piece { return ivr.Piece{Kind: ivr.Text, Value: text} }

// try runs a command in the test's own process.
func (h *house) try(args ...string) (code int, out, errs string) {
	h.Helper()
	var o, e strings.Builder
	code = run(h.Context(), append([]string{"--config", h.config}, args...), streams{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// must runs a command that shall do its work.
func (h *house) must(args ...string) string {
	h.Helper()
	code, out, errs := h.try(args...)
	if code != exitDone {
		h.Fatalf("careline %s: exit %d: %s", strings.Join(args, " "), code, errs)
	}
	return out
}

// campaign makes and starts the campaign of the list.
func (h *house) campaign() {
	h.Helper()
	h.must("campaign", "create", h.path("quick.yaml"))
	h.must("campaign", "start", "quick")
}

// finished waits for the end of the campaign.
func (h *house) finished() {
	h.Helper()
	await(h, generous, "the end of the campaign", func() bool {
		return h.text("SELECT state FROM campaigns WHERE name = 'quick'") == "finished"
	})
}

// log is what the service has said so far.
func (h *house) log() string {
	text, err := os.ReadFile(h.path("serve.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// logged counts the lines that hold all parts.
func (h *house) logged(parts ...string) int {
	n := 0
lines:
	for line := range strings.Lines(h.log()) {
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue lines
			}
		}
		n++
	}
	return n
}

// text reads one value of the raw rows; empty when there is no row.
func (h *house) text(query string, args ...any) string {
	h.Helper()
	var list []string
	if err := h.db.SelectContext(h.Context(), &list, query, args...); err != nil {
		h.Fatalf("%s: %v", query, err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// number reads one number of the raw rows.
func (h *house) number(query string, args ...any) int {
	h.Helper()
	var n int
	if err := h.db.GetContext(h.Context(), &n, query, args...); err != nil {
		h.Fatalf("%s: %v", query, err)
	}
	return n
}
