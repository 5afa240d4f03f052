package campaigns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/phone"
)

// The bounds of what a campaign file may ask for.
const (
	maxText     = 64 << 10
	shortRing   = time.Second // on a test trunk; see MinRing
	longRing    = 3 * time.Minute
	longRetry   = 31 * 24 * time.Hour
	mostDelays  = 20
	mostAsked   = 20
	mostPerDay  = 100
	mostAtOnce  = 100_000
	mostWindows = 14
	longWait    = time.Minute // of a person who answered, for an agent
	allContacts = 1.0
)

// ParseDefinition reads a campaign file and fills in the defaults. name is used
// in errors, which give file:line of everything that is wrong.
func ParseDefinition(name string, text []byte) (Definition, error) {
	if len(text) > maxText {
		return Definition{}, fmt.Errorf("%s: longer than %d bytes", name, maxText)
	}
	root, err := document(text)
	if err != nil {
		return Definition{}, fmt.Errorf("%s: %w", name, err)
	}
	p := parser{file: name}
	p.mapping(root, "a campaign", p.fields())
	p.whole(root)
	if err := errors.Join(p.errs...); err != nil {
		return Definition{}, err
	}
	return p.d.WithDefaults(), nil
}

// document returns the root of the only YAML document in the text.
func document(text []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF), err == nil && len(doc.Content) == 0:
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, err
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one YAML document in the file")
	}
	return doc.Content[0], nil
}

// parser reads one file into d and collects what is wrong with it.
type parser struct {
	file string
	d    Definition
	errs []error

	lastDay time.Time // of expires, where it is a day
}

// field is a key of a mapping and what reads its value.
type field struct {
	key  string
	read func(n *yaml.Node) error
}

func (p *parser) fields() []field {
	return slices.Concat(p.basics(), p.dialing(), p.policy())
}

func (p *parser) basics() []field {
	return []field{
		{"name", text(&p.d.Name)},
		{"flow", text(&p.d.Flow)},
		{"list", text(&p.d.List)},
		{"trunks", p.trunks},
		{"caller_id", p.callerID},
		{"caller_ids", p.callerIDs},
		{"max_calls", count(&p.d.MaxCalls, 0, mostAtOnce)},
		{"ring_timeout", span(&p.d.RingTimeout, shortRing, longRing)},
		{"hours", p.hours},
		{"zone", p.zone},
		{"retry", p.retry},
		{"max_attempts", count(&p.d.MaxAttempts, 1, mostAsked)},
		{"hold_out", p.holdOut},
		{"complete", texts(&p.d.Complete)},
		{"success", p.success},
	}
}

// fail notes what is wrong at a node.
func (p *parser) fail(n *yaml.Node, key string, err error) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %s: %w", p.file, n.Line, key, err))
}

// mapping reads the known keys of a mapping, each at most once.
func (p *parser) mapping(n *yaml.Node, what string, fields []field) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, what, errors.New("not a list of keys and values"))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			p.fail(key, key.Value, fmt.Errorf("is already on line %d", line))
			continue
		}
		seen[key.Value] = key.Line
		at := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if at < 0 {
			p.fail(key, key.Value, fmt.Errorf("no such key in %s; there are %s", what, keys(fields)))
			continue
		}
		if err := fields[at].read(value); err != nil {
			p.fail(value, key.Value, err)
		}
	}
}

func keys(fields []field) string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.key)
	}
	return strings.Join(names, ", ")
}

// whole checks what only the file as a whole can tell.
func (p *parser) whole(n *yaml.Node) {
	if len(p.errs) > 0 {
		return
	}
	for _, need := range []struct{ key, value string }{
		{"name", p.d.Name},
		{"flow", p.d.Flow},
		{"list", p.d.List},
		{"caller_id", string(p.d.CallerID)},
		{"trunks", strings.Join(p.d.Trunks, "")},
	} {
		if need.value == "" {
			p.fail(n, need.key, errors.New("is missing"))
		}
	}
	if d := p.d.WithDefaults(); d.Zone == "" && d.clocked() {
		p.fail(n, "zone", errors.New("is missing: caller_id tells no place, and hours and days off need one where a number tells none; write zone: Asia/Shanghai or the like"))
	}
	if p.d.Mode.NeedsAgents() && p.d.Queue == "" {
		p.fail(n, "queue", fmt.Errorf("is missing: in %s mode its agents take the answered calls", p.d.Mode))
	}
	if _, again := p.d.Retry[MetMachine]; (again || slices.Contains(p.d.NextNumber, MetMachine)) && p.d.WithDefaults().Machine == MachineOff {
		p.fail(n, "machine", errors.New("is off, so no machine is told from a person, but retry or next_number asks what follows one; write machine: hang_up or machine: flow"))
	}
	if err := p.endOfDay(); err != nil {
		p.fail(n, "expires", err)
	}
	if len(p.errs) == 0 {
		p.agrees(n)
	}
}

// agrees checks the definition against its rule packs.
func (p *parser) agrees(n *yaml.Node) {
	if err := p.d.WithDefaults().Agrees(); err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s:%d: %w", p.file, n.Line, err))
	}
}

func (p *parser) callerID(n *yaml.Node) error {
	var s string
	if err := text(&s)(n); err != nil {
		return err
	}
	var err error
	p.d.CallerID, err = shown(s)
	return err
}

// callerIDs reads the numbers that are shown where they are nearer to the callee.
func (p *parser) callerIDs(n *yaml.Node) error {
	var list []string
	if err := texts(&list)(n); err != nil {
		return err
	}
	for _, s := range list {
		number, err := shown(s)
		if err != nil {
			return fmt.Errorf("%q: %w", s, err)
		}
		p.d.CallerIDs = append(p.d.CallerIDs, number)
	}
	return nil
}

// shown reads a number that callees shall see.
func shown(s string) (phone.Number, error) {
	number, err := phone.Parse(s, "")
	if err != nil {
		return "", fmt.Errorf("write it with the country, as in +861012345678, or a short code: %w", err)
	}
	return number, nil
}

func (p *parser) zone(n *yaml.Node) error {
	if err := text(&p.d.Zone)(n); err != nil {
		return err
	}
	_, err := phone.Location(p.d.Zone)
	return err
}

// retry reads delays by disposition. What ends a contact for good has none.
func (p *parser) retry(n *yaml.Node) error {
	p.d.Retry = map[Disposition][]time.Duration{}
	var fields []field
	for _, d := range append(Dispositions(), MetMachine) {
		if d == Answered || d == InvalidNumber || d == NotKnown {
			continue
		}
		fields = append(fields, field{string(d), func(n *yaml.Node) error {
			delays, err := delays(n)
			p.d.Retry[d] = delays
			return err
		}})
	}
	p.mapping(n, "retry", fields)
	return nil
}

func (p *parser) holdOut(n *yaml.Node) error {
	var s string
	if err := text(&s)(n); err != nil {
		return err
	}
	share, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(share) || share < 0 || share >= allContacts {
		return fmt.Errorf("%q is not a share from 0 to below 1", s)
	}
	p.d.HoldOut = share
	return nil
}

func (p *parser) success(n *yaml.Node) error {
	p.d.Success = map[string][]string{}
	if n.Kind != yaml.MappingNode {
		return errors.New(`not results with the values that mean yes, as in renew: ["1"]`)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		var yes []string
		key := n.Content[i]
		if err := texts(&yes)(n.Content[i+1]); err != nil {
			p.fail(key, "success: "+key.Value, err)
		}
		if _, twice := p.d.Success[key.Value]; twice {
			p.fail(key, "success: "+key.Value, errors.New("is there twice"))
		}
		p.d.Success[key.Value] = yes
	}
	return nil
}
