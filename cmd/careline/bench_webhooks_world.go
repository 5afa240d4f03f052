package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
	"careline/twilio"
)

// hooking is a measurement under way: two processes of the service, and Twilio's
// side here.
type hooking struct {
	cmd      *benchWebhooksCmd
	app      *app
	dir      string
	database benchDatabase
	nodes    []*benchProcess
	addrs    []string
	disk     *disk
	client   *http.Client
	store    *store.Store
	campaign campaigns.Campaign
	attempts []campaigns.AttemptID // one a call
	stop     context.CancelFunc    // of the lease
	leased   sync.WaitGroup

	mu     sync.Mutex
	turn   int
	began  time.Time
	at     []time.Duration // since then, of each webhook
	took   []int32         // microseconds
	docs   []int32
	by     []int
	failed map[string]int
	given  map[string]string // by call and result: what was pressed
}

// Who Twilio is here, and how it knows the service.
const (
	benchAccount = "AC00000000000000000000000000000000"
	benchToken   = "bench"
	benchPublic  = "http://127.0.0.1:9" // in URLs alone: what goes there is sent to the two by turns
	benchOwn     = "+442079460999"
)

const benchWebhooksConfig = `
node: %s
database: %q
journal: %s.journal
flows: [flows]
sip: {listen: "127.0.0.1:0", rtp: 20000-39999}
webhooks: {listen: "127.0.0.1:0", public_url: "` + benchPublic + `"}
trunks:
  - {name: carrier, kind: twilio, account_sid: ` + benchAccount + `, auth_token: ` + benchToken + `, api: "` + benchPublic + `",
     caller_ids: ["` + benchOwn + `"], allow: ["+44"], max_calls: 1, voices: {en: Polly.Amy}}
`

const benchWebhooksFlow = `
flow: bench
outbound: true
languages: [en]
start: first
nodes:
  first: {gather: {num_digits: 1, tries: 1}, say: {en: The first question.}, result: first, on: {"1-9": second, noinput: end, nomatch: end}}
  second: {gather: {num_digits: 1, tries: 1}, say: {en: The second question.}, result: second, on: {"1-9": third, noinput: end, nomatch: end}}
  third: {gather: {num_digits: 1, tries: 1}, say: {en: The third question.}, result: third, on: {"1-9": fourth, noinput: end, nomatch: end}}
  fourth: {gather: {num_digits: 1, tries: 1}, say: {en: The fourth question.}, result: fourth, on: {"1-9": thanks, noinput: end, nomatch: end}}
  thanks: {say: {en: Thank you.}, next: end}
`

// open starts all of it, with as many attempts under way as calls will be made.
func (c *benchWebhooksCmd) open(a *app) (b *hooking, err error) {
	b = &hooking{
		cmd: c, app: a, by: make([]int, 2), failed: make(map[string]int), given: make(map[string]string),
		client: &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	b.database.drop = nothingToDrop
	if b.dir, err = os.MkdirTemp("", "careline-bench-"); err != nil {
		return b, fmt.Errorf("make a folder: %w", err)
	}
	if b.database, err = makeBenchDatabase(a.ctx, a.database, ""); err != nil {
		return b, err
	}
	if b.store, err = store.Open(a.ctx, b.database.url, store.Options{Node: "twilio", Log: slog.New(slog.DiscardHandler)}); err != nil {
		return b, err
	}
	if err = b.fill(a.ctx); err != nil {
		return b, err
	}
	for i, name := range []string{"a", "b"} {
		if err = b.start(name, i == 0); err != nil {
			return b, err
		}
	}
	return b, nil
}

// start starts one process of the service.
func (b *hooking) start(name string, first bool) error {
	file := name + ".yaml"
	err := writeBenchFiles(b.dir, map[string]string{
		file:               fmt.Sprintf(benchWebhooksConfig, name, b.database.url, name),
		"flows/bench.yaml": benchWebhooksFlow,
	})
	if err != nil {
		return err
	}
	var args []string
	if first && b.cmd.Profile != "" {
		args = []string{"--profile", b.cmd.Profile, "--watch"}
	}
	p, err := startBenchService(b.app, filepath.Join(b.dir, file), args...)
	if err != nil {
		return err
	}
	b.nodes = append(b.nodes, p)
	says, err := p.hear()
	b.addrs = append(b.addrs, says.Hooks)
	return err
}

// fill makes a campaign and begins an attempt for each call, which stays open:
// whoever has placed it would end it.
func (b *hooking) fill(ctx context.Context) error {
	now := time.Now()
	if _, err := b.store.Renew(ctx, "twilio", now); err != nil {
		return err
	}
	if _, err := b.store.AddFlow(ctx, "bench.yaml", []byte(benchWebhooksFlow), now); err != nil {
		return err
	}
	list := make([]campaigns.Customer, b.cmd.calls())
	for i := range list {
		list[i] = campaigns.Customer{Key: fmt.Sprintf("C%06d", i), Number: benchCallee(i)}
	}
	if _, err := b.store.ImportCustomers(ctx, "bench", list, store.ImportOptions{Now: now}); err != nil {
		return err
	}
	var err error
	if b.campaign, err = b.store.CreateCampaign(ctx, campaigns.Definition{
		Name: "bench", Flow: "bench", List: "bench", Mode: campaigns.Agentless, Trunks: []string{"carrier"}, CallerID: benchOwn, MaxAttempts: 1,
	}, now); err != nil {
		return err
	}
	if _, err = b.store.Start(ctx, b.campaign.ID, now); err != nil {
		return err
	}
	lease, stop := context.WithCancel(ctx)
	b.stop = stop
	b.leased.Go(func() { b.renew(lease) })
	return b.begin(ctx)
}

// benchCallee is whom a call is for.
func benchCallee(i int) phone.Number { return phone.Number(fmt.Sprintf("+4420%08d", 79000000+i)) }

// renew keeps the lease by which the attempts are this process's.
func (b *hooking) renew(ctx context.Context) {
	for pause(ctx, 3*time.Second) == nil {
		_, _ = b.store.Renew(ctx, "twilio", time.Now()) // without it the others would see to the calls
	}
}

// begin begins the attempts, and has the campaign wait, so that nobody else calls.
func (b *hooking) begin(ctx context.Context) error {
	for len(b.attempts) < b.cmd.calls() {
		now := time.Now()
		claims, err := b.store.Claim(ctx, "twilio", b.campaign.ID, 200, now)
		if err != nil {
			return err
		}
		if len(claims.Contacts) == 0 {
			return fmt.Errorf("only %d of %d contacts are due", len(b.attempts), b.cmd.calls())
		}
		for _, contact := range claims.Contacts {
			a, v, err := b.store.BeginAttempt(ctx, campaigns.Begin{Allowed: true, Attempt: campaigns.Attempt{
				ID: campaigns.AttemptID(uuid.Must(uuid.NewV7()).String()), Campaign: b.campaign.ID, Contact: contact.ID, Number: contact.Number,
				CallerID: benchOwn, Trunk: "carrier", Node: "twilio", Try: 1, FlowHash: b.campaign.FlowHash,
				Leg: campaigns.Leg{Carrier: twilio.Name, Target: string(contact.Number)},
			}}, now)
			if err != nil {
				return err
			}
			if !v.Allowed {
				return fmt.Errorf("begin an attempt: %+v", v)
			}
			b.attempts = append(b.attempts, a.ID)
		}
	}
	return nil
}

// close ends all of it.
func (b *hooking) close() error {
	for _, p := range b.nodes {
		p.stop()
	}
	if b.stop != nil {
		b.stop()
		b.leased.Wait()
	}
	if b.store != nil {
		_ = b.store.Close()
	}
	b.disk.close()
	err := b.database.drop()
	_ = os.RemoveAll(b.dir)
	return err
}
