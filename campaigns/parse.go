package campaigns

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
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
	root, err := strict.Document(text, maxText)
	if err != nil {
		return Definition{}, fmt.Errorf("%s: %w", name, err)
	}
	p := parser{Reader: strict.Reader{File: name}}
	p.Mapping(root, "a campaign", p.fields())
	p.whole(root)
	if err := p.Err(); err != nil {
		return Definition{}, err
	}
	return p.d.WithDefaults(), nil
}

// parser reads one file into d and collects what is wrong with it.
type parser struct {
	strict.Reader

	d Definition

	lastDay time.Time // of expires, where it is a day
}

func (p *parser) fields() []strict.Field {
	return slices.Concat(p.basics(), p.dialing(), p.policy())
}

func (p *parser) basics() []strict.Field {
	return []strict.Field{
		{"name", strict.Text(&p.d.Name)},
		{"flow", strict.Text(&p.d.Flow)},
		{"list", strict.Text(&p.d.List)},
		{"trunks", p.trunks},
		{"caller_id", p.callerID},
		{"caller_ids", p.callerIDs},
		{"max_calls", strict.Whole(&p.d.MaxCalls, 0, mostAtOnce)},
		{"ring_timeout", strict.Span(&p.d.RingTimeout, shortRing, longRing)},
		{"hours", p.hours},
		{"zone", p.zone},
		{"retry", p.retry},
		{"max_attempts", strict.Whole(&p.d.MaxAttempts, 1, mostAsked)},
		{"hold_out", p.holdOut},
		{"complete", strict.Texts(&p.d.Complete)},
		{"success", p.success},
	}
}

// whole checks what only the file as a whole can tell.
func (p *parser) whole(n *yaml.Node) {
	if len(p.Errs) > 0 {
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
			p.Fail(n, need.key, errors.New("is missing"))
		}
	}
	if d := p.d.WithDefaults(); d.Zone == "" && d.clocked() {
		p.Fail(n, "zone", errors.New("is missing: caller_id tells no place, and hours and days off need one where a number tells none; write zone: Asia/Shanghai or the like"))
	}
	if p.d.Mode.NeedsAgents() && p.d.Queue == "" {
		p.Fail(n, "queue", fmt.Errorf("is missing: in %s mode its agents take the answered calls", p.d.Mode))
	}
	if _, again := p.d.Retry[MetMachine]; (again || slices.Contains(p.d.NextNumber, MetMachine)) && p.d.WithDefaults().Machine == MachineOff {
		p.Fail(n, "machine", errors.New("is off, so no machine is told from a person, but retry or next_number asks what follows one; write machine: hang_up or machine: flow"))
	}
	if err := p.endOfDay(); err != nil {
		p.Fail(n, "expires", err)
	}
	if len(p.Errs) == 0 {
		p.agrees(n)
	}
}

// agrees checks the definition against its rule packs.
func (p *parser) agrees(n *yaml.Node) {
	if err := p.d.WithDefaults().Agrees(); err != nil {
		p.Errs = append(p.Errs, fmt.Errorf("%s:%d: %w", p.File, n.Line, err))
	}
}

func (p *parser) callerID(n *yaml.Node) error {
	var s string
	if err := strict.Text(&s)(n); err != nil {
		return err
	}
	var err error
	p.d.CallerID, err = shown(s)
	return err
}

// callerIDs reads the numbers that are shown where they are nearer to the callee.
func (p *parser) callerIDs(n *yaml.Node) error {
	var list []string
	if err := strict.Texts(&list)(n); err != nil {
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
	if err := strict.Text(&p.d.Zone)(n); err != nil {
		return err
	}
	_, err := phone.Location(p.d.Zone)
	return err
}

// retry reads delays by disposition. What ends a contact for good has none.
func (p *parser) retry(n *yaml.Node) error {
	p.d.Retry = map[Disposition][]time.Duration{}
	var fields []strict.Field
	for _, d := range append(Dispositions(), MetMachine) {
		if d == Answered || d == InvalidNumber || d == NotKnown {
			continue
		}
		fields = append(fields, strict.Field{string(d), func(n *yaml.Node) error {
			delays, err := delays(n)
			p.d.Retry[d] = delays
			return err
		}})
	}
	p.Mapping(n, "retry", fields)
	return nil
}

func (p *parser) holdOut(n *yaml.Node) error {
	var s string
	if err := strict.Text(&s)(n); err != nil {
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
		if err := strict.Texts(&yes)(n.Content[i+1]); err != nil {
			p.Fail(key, "success: "+key.Value, err)
		}
		if _, twice := p.d.Success[key.Value]; twice {
			p.Fail(key, "success: "+key.Value, errors.New("is there twice"))
		}
		p.d.Success[key.Value] = yes
	}
	return nil
}
