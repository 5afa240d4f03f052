package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/store/storetest"
)

// crashStep is a step of an attempt's life at which its service is killed.
type crashStep struct {
	name  string
	tcp   bool             // the trunk goes by TCP, and nobody takes connections before the kill
	reach func(*stepWorld) // brings the attempt exactly there

	dialed bool                    // its INVITE has left by then
	row    campaigns.Disposition   // what the attempt becomes; empty: there is none yet, and the contact is called afterwards
	state  campaigns.ContactState  // what the contact becomes
	ended  []string                // what the far end is asked for, of the same call
	late   func(*stepWorld, asked) // what the far end does as it is cancelled, or as soon as there is a service again
	kept   map[string]string       // answers by then, which stay
}

// crashSteps are all of them, in the order of an attempt's life.
var crashSteps = []crashStep{
	{name: "before the claim", reach: (*stepWorld).beforeClaim, state: campaigns.Exhausted},
	{name: "after the claim", reach: (*stepWorld).afterClaim, state: campaigns.Exhausted},
	{
		name: "before INVITE, with the row committed", tcp: true, reach: (*stepWorld).beforeInvite,
		row: campaigns.NotKnown, state: campaigns.Unknown, ended: []string{"CANCEL"},
	},
	{
		name: "after INVITE", reach: (*stepWorld).afterInvite, dialed: true,
		row: campaigns.NotKnown, state: campaigns.Unknown, ended: []string{"CANCEL", "ACK"},
	},
	{
		name: "after INVITE, answered while it is cancelled", reach: (*stepWorld).afterInvite, dialed: true,
		row: campaigns.NotKnown, state: campaigns.Unknown, ended: []string{"CANCEL", "ACK", "BYE"}, late: (*stepWorld).answerLate,
	},
	{
		name: "ringing", reach: (*stepWorld).ringing, dialed: true,
		row: campaigns.NotKnown, state: campaigns.Unknown, ended: []string{"CANCEL", "ACK"},
	},
	{
		name: "ringing, answered while it is cancelled", reach: (*stepWorld).ringing, dialed: true,
		row: campaigns.NotKnown, state: campaigns.Unknown, ended: []string{"CANCEL", "ACK", "BYE"}, late: (*stepWorld).answerLate,
	},
	{
		name: "answered, and the 2xx not read", reach: (*stepWorld).answeredUnread, dialed: true,
		row: campaigns.NotKnown, state: campaigns.Unknown, ended: []string{"CANCEL", "ACK", "BYE"}, late: (*stepWorld).answerLate,
	},
	{
		name: "answered", reach: (*stepWorld).answered, dialed: true,
		row: campaigns.Answered, state: campaigns.Partial, ended: []string{"BYE"},
	},
	{
		name: "in the middle of the second question", reach: (*stepWorld).midQuestion, dialed: true,
		row: campaigns.Answered, state: campaigns.Partial, ended: []string{"BYE"}, kept: map[string]string{"first": "1"},
	},
	{
		name: "at BYE", reach: (*stepWorld).atBye, dialed: true,
		row: campaigns.Answered, state: campaigns.Completed, ended: []string{"BYE"}, kept: map[string]string{"first": "1", "second": "3"},
	},
}

// A service that is killed at any step of an attempt's life, and started again,
// dials nothing twice, ends what it had begun, keeps what was said and names what
// it does not know. Those who were only claimed are called once.
func TestCrashSteps(t *testing.T) {
	t.Parallel()
	for database, url := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": storetest.Postgres,
	} {
		for _, step := range crashSteps {
			t.Run(database+", "+step.name, func(t *testing.T) {
				t.Parallel()
				w := newStepWorld(t, url(t), step)
				w.open()
				step.reach(w)
				w.kill()
				w.serve()
				w.judge()
			})
		}
	}
}

// The first of the list is called first; the others wait for its line.
const (
	stepNumber = "+442079460000"
	stepPeople = 3
)

const stepCampaign = `
name: crash
flow: crash
list: crash
mode: agentless
trunks: [carrier]
caller_id: "+442079460999"
ring_timeout: 20s
max_attempts: 1
complete: [first, second]
`

const stepConfig = `
node: crash
database: %q
journal: crash.journal
region: GB
zone: Europe/London
flows: [flows]
prompts: [prompts]
sip: {listen: %q, rtp: 20000-21999}
trunks:
  - {name: carrier, address: %q, transport: %s, max_calls: 1, calls_per_second: 50, allow: ["+44207946"], keepalive: -1s}
`

// stepWorld is a folder with all that a service needs, and a far end that waits
// for what the test tells it.
type stepWorld struct {
	*crashWorld
	step    crashStep
	far     *slowFar
	deaf    *deafTCP
	service *victim
	rows    ledger // as the dead process left them
	free    func() // lets go what holds the service back
}

func newStepWorld(t *testing.T, database string, step crashStep) *stepWorld {
	t.Helper()
	w := &stepWorld{crashWorld: &crashWorld{T: t, people: stepPeople, notify: nothing}, step: step, free: func() {}}
	w.makeFolder()
	driver := "postgres"
	if database == "" {
		driver, database = "sqlite", filepath.Join(w.dir, "careline.db")
	}
	w.files()
	w.write("campaign.yaml", stepCampaign)
	w.far = newSlowFar(t, stepNumber)
	address, transport := w.far.conn.LocalAddr().String(), "udp"
	if step.tcp {
		w.deaf = newDeafTCP(t)
		address, transport = w.deaf.addr(), "tcp"
	}
	w.config = w.write("careline.yaml", fmt.Sprintf(stepConfig, database, freeUDP(t, ownAddress()), address, transport))
	w.must("contacts", "import", filepath.Join(w.dir, "crash.csv"))
	w.must("campaign", "create", filepath.Join(w.dir, "campaign.yaml"))
	if driver == "sqlite" {
		database += "?_pragma=busy_timeout(2000)"
	}
	var err error
	if w.db, err = sqlx.Open(driver, database); err != nil {
		t.Fatal("open the raw rows:", err)
	}
	return w
}

// open starts the service, which has nobody to call yet, and waits for its lease.
func (w *stepWorld) open() {
	w.Helper()
	w.service = w.crashWorld.serve()
	await(w, generous, "the node's lease", func() bool { return w.number("SELECT COUNT(*) FROM nodes WHERE lease_until > 0") == 1 })
}

func (w *stepWorld) start() { w.must("campaign", "start", "crash") }

// number reads one; a table that is being made has none.
func (w *stepWorld) number(query string, args ...any) (n int) {
	w.Helper()
	if err := w.db.GetContext(w.Context(), &n, query, args...); err != nil {
		return -1
	}
	return n
}

// halt stops the process, without its noticing.
func (w *stepWorld) halt() {
	w.Helper()
	if err := w.service.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		w.Fatal("stop the service:", err)
	}
	await(w, generous, "the service to stand still", func() bool { return processState(w, w.service.cmd.Process.Pid) == "T" })
}

// goOn has a process that stands still go on.
func (w *stepWorld) goOn() {
	w.Helper()
	if err := w.service.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		w.Fatal("have the service go on:", err)
	}
	await(w, generous, "the service to go on", func() bool { return processState(w, w.service.cmd.Process.Pid) != "T" })
}

// kill kills the service and notes what it leaves.
func (w *stepWorld) kill() {
	w.Helper()
	w.service.kill()
	w.far.killed()
	w.free()
	w.quiet()
	w.rows = w.crashWorld.rows()
	if w.deaf != nil {
		w.deaf.hear(w.far.serveTCP)
	}
	w.left()
}

// left asserts that the kill was where it should be.
func (w *stepWorld) left() {
	w.Helper()
	attempts := 0
	if w.step.row != "" {
		attempts = 1
	}
	dials := 0
	if w.step.dialed {
		dials = 1
	}
	if n := w.far.dials(stepNumber); len(w.rows.attempts) != attempts || n != dials {
		w.Fatalf("the service was killed with %d rows and %d INVITEs; want %d and %d", len(w.rows.attempts), n, attempts, dials)
	}
	for _, a := range w.rows.attempts {
		if !a.open() || (a.AnsweredAt > 0) != (w.step.row == campaigns.Answered) {
			w.Fatalf("the service was killed with the row %+v", a)
		}
		if got := w.rows.answers[a.ID]; len(got) != len(w.step.kept) {
			w.Fatalf("the service was killed with the answers %v; want %v", got, w.step.kept)
		}
	}
	claimed := w.number("SELECT COUNT(*) FROM contacts WHERE claimed_by <> '' AND state = 'pending'")
	want := map[bool]int{true: 0, false: stepPeople - attempts}[w.step.name == "before the claim"]
	if claimed != want {
		w.Fatalf("the service was killed with %d contacts claimed and not begun; want %d", claimed, want)
	}
}

// serve starts the service again, and waits for the end of the list.
func (w *stepWorld) serve() {
	w.Helper()
	if w.step.row == "" {
		w.far.release(stepNumber)
	}
	if w.step.late != nil {
		w.far.refuse()
	}
	w.service = w.crashWorld.serve()
	if w.step.late != nil {
		w.step.late(w, w.far.sees("CANCEL", stepNumber))
	}
	for _, method := range w.step.ended {
		w.far.sees(method, stepNumber)
	}
	await(w, generous, "the end of the list", func() bool { return w.crashWorld.rows().campaign == campaigns.Finished })
	if err := w.service.end(generous); err != nil {
		w.Errorf("the service did not end well: %v", err)
	}
}

// judge compares what the far end was asked with the rows.
func (w *stepWorld) judge() {
	w.Helper()
	end := w.crashWorld.rows()
	for i := range stepPeople {
		number := fmt.Sprintf("+4420794600%02d", i)
		want := 1
		if number == stepNumber && w.step.row != "" && !w.step.dialed {
			want = 0 // whether it left nobody knows
		}
		if got := w.far.dials(number); got != want {
			w.Errorf("%s was called %d times; want %d", number, got, want)
		}
	}
	if len(end.attempts) != stepPeople {
		w.Errorf("%d attempts; want one on each of %d", len(end.attempts), stepPeople)
	}
	w.judgeFirst(end)
	w.unknowns()
}

// judgeFirst looks at the attempt that was open.
func (w *stepWorld) judgeFirst(end ledger) {
	w.Helper()
	for _, a := range end.attempts {
		if a.Number != stepNumber {
			continue
		}
		if want := w.step.row; want != "" && a.Disposition != want || a.open() {
			w.Errorf("the attempt is %q; want %q", a.Disposition, want)
		}
		if got := end.contacts[a.Contact]; got != w.step.state {
			w.Errorf("the contact is %q; want %q", got, w.step.state)
		}
		for result, value := range w.step.kept {
			if got := end.answers[a.ID][result]; got != value {
				w.Errorf("the answer to %q is %q; want %q", result, got, value)
			}
		}
	}
	for id, ending := range end.calls {
		if ending == "" {
			w.Errorf("the call %s is open", id)
		}
	}
	for _, a := range w.far.requests() {
		if a.Method == "INVITE" && a.Epoch > 0 && a.Number == stepNumber && w.step.row != "" {
			w.Errorf("the attempt was dialed again: %s", a.CallID)
		}
	}
}

// unknowns: what is not known is named, and nothing else.
func (w *stepWorld) unknowns() {
	w.Helper()
	var list []unknown
	if err := json.Unmarshal([]byte(w.must("campaign", "unknowns", "crash", "--json")), &list); err != nil {
		w.Fatal("read the unknowns:", err)
	}
	var want, got []string
	if w.step.state == campaigns.Unknown {
		want = []string{stepNumber}
	}
	for _, u := range list {
		got = append(got, u.Number)
	}
	if !slices.Equal(got, want) {
		w.Errorf("unknown are %v; want %v", got, want)
	}
}

// Who is unknown when a campaign has finished is called again where a person says
// so, once, by a service that runs all the while.
func TestRedialUnknown(t *testing.T) {
	t.Parallel()
	w := newStepWorld(t, "", crashSteps[slices.IndexFunc(crashSteps, func(s crashStep) bool { return s.name == "after INVITE" })])
	w.open()
	w.afterInvite()
	w.kill()
	w.service = w.crashWorld.serve()
	finished := func() bool { return w.crashWorld.rows().campaign == campaigns.Finished }
	await(w, generous, "the end of the list", finished)
	w.far.release(stepNumber)
	w.must("campaign", "unknowns", "crash", "020 7946 0000", "--redial", "--why", "she did not hear it", "--by", "anna", "--yes")
	w.far.sees("INVITE", stepNumber)
	await(w, generous, "the end of the list, again", finished)
	if err := w.service.end(generous); err != nil {
		w.Errorf("the service did not end well: %v", err)
	}
	if n := w.far.dials(stepNumber); n != 2 {
		w.Errorf("%s was called %d times; want 2", stepNumber, n)
	}
	if n := w.number("SELECT COUNT(*) FROM contacts WHERE state = 'exhausted'"); n != stepPeople {
		w.Errorf("%d contacts are exhausted; want all %d", n, stepPeople)
	}
}
