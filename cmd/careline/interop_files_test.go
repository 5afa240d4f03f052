package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"careline/sim/people"
)

// changed writes another configuration beside the house's own.
func (h *house) changed(name, from, to string) string {
	h.Helper()
	text, err := os.ReadFile(h.config)
	if err != nil || !strings.Contains(string(text), from) {
		h.Fatalf("the configuration has no %q: %v", from, err)
	}
	return h.write(name, strings.ReplaceAll(string(text), from, to))
}

// refused runs serve, which shall refuse to, and returns what it says.
func (h *house) refused(config string) string {
	h.Helper()
	log := config + ".log"
	v, err := startVictim(h, config, log)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(v.kill)
	select {
	case <-v.gone:
	case <-time.After(generous):
		h.Fatalf("the service does not refuse within %v", generous)
	}
	var exit *exec.ExitError
	if !errors.As(v.err, &exit) || exit.ExitCode() != exitFailed {
		h.Errorf("the service ended with %v; want exit code %d", v.err, exitFailed)
	}
	said, err := os.ReadFile(log)
	if err != nil {
		h.Fatal(err)
	}
	return string(said)
}

// says asserts that each part is said, and what they are said by is short.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in: %s", part, text)
		}
	}
	if n := strings.Count(strings.TrimSpace(text), "\n"); n > 3 {
		t.Errorf("one fault is told in %d lines: %s", n+1, text)
	}
}

// A broken flow is told by its file and line, before anything is served.
func TestBadFlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{})
	h.write("flows/broken.yaml", "flow: broken\nlanguages: [en]\nstart: hello\nnodes:\n  hello:\n    say: {en: Quick question.}\n    nxt: end\n")
	says(t, h.refused(h.config), "broken.yaml:7", "nxt", "next")
}

// A database that cannot be reached is named, without its password.
func TestBadDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{})
	for name, url := range map[string]string{
		"nobody": "postgres://careline:hidden@127.0.0.1:1/none?sslmode=disable",
		"scheme": "mysql://careline:hidden@127.0.0.1/none",
	} {
		said := h.refused(h.changed(name+".yaml", "database: careline.db", "database: "+url))
		says(t, said, "database")
		if strings.Contains(said, "hidden") {
			t.Errorf("the password shows in: %s", said)
		}
	}
	h.write("folder/file", "")
	says(t, h.refused(h.changed("folder.yaml", "database: careline.db", "database: folder")), "is a folder")
}

// A list with bad rows is not imported, and each is told by line and column.
func TestBadList(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{})
	list := h.write("bad.csv", "key,number,language\nA,020 7946 0301,en\nB,call me,en\nC,,en\nD,020 7946 0301,en\nE,020 7946 0305,\"en\n")
	code, out, errs := h.try("contacts", "import", list)
	if code != exitFailed {
		t.Errorf("exit %d; want %d", code, exitFailed)
	}
	for _, part := range []string{"line 3, column 2 (number)", "line 4, column 2 (number)", "line 5, column 2 (number)", "nothing was imported"} {
		if !strings.Contains(out+errs, part) {
			t.Errorf("%q is missing in:\n%s%s", part, out, errs)
		}
	}
	h.open()
	if n := h.number("SELECT COUNT(*) FROM customers"); n != 0 {
		t.Errorf("%d customers were imported; want none", n)
	}
}

// Two services cannot have one name, nor one journal, nor one address, nor both
// agents. What has a name that is taken does not dial, as it may be the one that
// follows a node whose machine is lost; what lacks one of the others does not begin.
func TestTwoServices(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{})
	h.people(people.Options{})
	h.open()
	up := h.listening()
	says(t, h.refused(h.changed("journal.yaml", h.service, ownIP()+":5060")), "journal", "in use by another process")
	const house, barn = "node: house\ndatabase: careline.db", "node: barn\njournal: barn.journal\ndatabase: "
	says(t, h.refused(h.changed("agents.yaml", house, barn+"careline.db")), `agents are configured at node "house" too`)
	says(t, h.refused(h.changed("address.yaml", house, barn+"barn.db")), h.service)
	named := h.changed("named.yaml", "sip: {listen: \""+h.service, "journal: own.journal\nsip: {listen: \""+ownIP()+":5060")
	second, err := startVictim(t, named, h.path("second.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.kill)
	taken := func() int {
		text, _ := os.ReadFile(h.path("second.log"))
		return strings.Count(string(text), `node name \"house\" is in use by process`)
	}
	await(t, generous, "the second service to find its name taken", func() bool { return taken() > 0 })
	h.undisturbed(up)
	if n := taken(); n != 1 {
		t.Errorf("that the name is taken was logged %d times; want once", n)
	}
	if err := second.end(generous); err != nil {
		t.Errorf("the second service: %v", err)
	}
	if n := h.logged("suspended"); n != 0 {
		t.Errorf("the first service was disturbed %d times", n)
	}
}
