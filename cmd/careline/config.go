package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/agents"
	"careline/phone"
	"careline/sip"
)

// config is careline.yaml. Keys that are not known are errors.
type config struct {
	Node     string         `yaml:"node"`      // this machine's name in the database; empty: careline
	Database string         `yaml:"database"`  // a file, or postgres://...; empty: careline.db
	Journal  string         `yaml:"journal"`   // takes answers while the database does not; empty: beside the database
	Region   string         `yaml:"region"`    // ISO country of national numbers; empty: numbers are international
	Zone     string         `yaml:"zone"`      // IANA zone of contacts whose number tells none; empty: UTC
	Flows    []string       `yaml:"flows"`     // directories of flow files
	Prompts  []string       `yaml:"prompts"`   // directories of recordings, before those that ship
	Holidays []string       `yaml:"calendars"` // directories of calendar files, beside those that ship
	Drain    time.Duration  `yaml:"drain"`     // running calls may go on so long after SIGTERM; 0: 30s
	SIP      sipConfig      `yaml:"sip"`
	Trunks   []trunkConfig  `yaml:"trunks"`
	DIDs     []didConfig    `yaml:"dids"`
	Agents   []agentConfig  `yaml:"agents"`
	Queues   []agents.Queue `yaml:"queues"`
	Transfer transferConfig `yaml:"transfer"`
	Webhooks webhooksConfig `yaml:"webhooks"`

	Recordings recordingsConfig `yaml:"recordings"`

	shipped fs.FS // flow files beside those of the directories; nil: none
}

type didConfig struct {
	Number string `yaml:"number"`
	Flow   string `yaml:"flow"`
}

type agentConfig struct {
	agents.Agent `yaml:",inline"`
	Password     secret `yaml:"password"`
}

// defaultConfig is read where no other file is named.
const defaultConfig = "careline.yaml"

// transferConfig is where agents may transfer callers to, besides colleagues and
// queues.
type transferConfig struct {
	Trunk string `yaml:"trunk"` // to numbers that this trunk permits; empty: to none outside
}

// loadConfig reads the file named, or careline.yaml where there is one, or
// nothing.
func loadConfig(path string) (config, error) {
	text, err := os.ReadFile(cmp.Or(path, defaultConfig))
	switch {
	case errors.Is(err, os.ErrNotExist) && path == "":
		return parseConfig("", nil)
	case err != nil:
		return config{}, fmt.Errorf("read the configuration: %w (name another with --config FILE)", err)
	}
	c, err := parseConfig(cmp.Or(path, defaultConfig), text)
	if err != nil {
		return config{}, err
	}
	c.resolve(filepath.Dir(cmp.Or(path, defaultConfig)))
	return c, nil
}

// parseConfig reads a configuration strictly and fills in the defaults.
func parseConfig(name string, text []byte) (config, error) {
	var c config
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return config{}, named(name, inWords(err, text))
	}
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return config{}, named(name, err)
	}
	return c, nil
}

// named puts the file's name before each line of an error.
func named(name string, err error) error {
	return fmt.Errorf("%s: %s", name, strings.ReplaceAll(err.Error(), "\n", "\n"+name+": ")) //nolint:err113 // nobody asks for the causes
}

func (c config) withDefaults() config {
	c.Node = cmp.Or(c.Node, "careline")
	c.Database = cmp.Or(c.Database, "careline.db")
	c.Drain = cmp.Or(c.Drain, 30*time.Second)
	c.SIP.RTP = cmp.Or(c.SIP.RTP, defaultPorts)
	if c.SIP.Listen == "" {
		c.SIP.Listen = "127.0.0.1:5060" // nobody but this machine, until somebody shall call
		if len(c.Trunks)+len(c.Agents) > 0 {
			c.SIP.Listen = "0.0.0.0:5060"
		}
	}
	c.Webhooks = c.Webhooks.withDefaults()
	for i := range c.Trunks {
		t := &c.Trunks[i]
		t.Kind = cmp.Or(t.Kind, sipKind)
		t.MaxCalls = cmp.Or(t.MaxCalls, 10)
		t.CallsPerSecond = cmp.Or(t.CallsPerSecond, 1)
		t.Region = cmp.Or(t.Region, c.Region)
	}
	return c
}

// resolve makes the paths of a configuration file relative to it.
func (c *config) resolve(dir string) {
	abs := func(p string) string {
		if p == "" || filepath.IsAbs(p) || strings.Contains(p, "://") || p == ":memory:" {
			return p
		}
		return filepath.Join(dir, p)
	}
	c.Database, c.Journal, c.SIP.Record = abs(c.Database), abs(c.Journal), abs(c.SIP.Record)
	c.SIP.Announcements, c.Recordings.Directory = abs(c.SIP.Announcements), abs(c.Recordings.Directory)
	t := &c.SIP.TLS
	t.Certificate, t.Key, t.CA = abs(t.Certificate), abs(t.Key), abs(t.CA)
	for i := range c.Flows {
		c.Flows[i] = abs(c.Flows[i])
	}
	for i := range c.Prompts {
		c.Prompts[i] = abs(c.Prompts[i])
	}
	for i := range c.Holidays {
		c.Holidays[i] = abs(c.Holidays[i])
	}
}

// check tells everything that is wrong, by its path in the file.
func (c config) check() error {
	var errs []error
	if _, err := netip.ParseAddrPort(c.SIP.Listen); err != nil {
		errs = append(errs, fmt.Errorf("sip.listen: %q is no ip:port, as 127.0.0.1:5060", c.SIP.Listen))
	}
	if _, err := parsePorts(c.SIP.RTP); err != nil {
		errs = append(errs, fmt.Errorf("sip.rtp: %w", err))
	}
	if err := c.SIP.transportConfig.check(); err != nil {
		errs = append(errs, err)
	}
	if err := c.SIP.checkCalls(); err != nil {
		errs = append(errs, err)
	}
	if err := c.SIP.sightConfig.check(); err != nil {
		errs = append(errs, fmt.Errorf("sip.%w", err))
	}
	if err := c.Recordings.check(); err != nil {
		errs = append(errs, err)
	}
	if err := c.checkPlaces(); err != nil {
		errs = append(errs, err)
	}
	if _, err := phone.Location(cmp.Or(c.Zone, "UTC")); err != nil {
		errs = append(errs, fmt.Errorf("zone: %w", err))
	}
	for i, t := range c.Trunks {
		if err := t.check(); err != nil {
			errs = append(errs, fmt.Errorf("trunks[%d].%w", i, err))
		}
	}
	errs = append(errs, c.checkAccounts()...)
	if err := c.Webhooks.check(c.hosted()); err != nil {
		errs = append(errs, err)
	}
	for i, d := range c.DIDs {
		if d.Number == "" || d.Flow == "" {
			errs = append(errs, fmt.Errorf("dids[%d]: number and flow are both needed", i))
		}
	}
	errs = append(errs, c.checkAgents()...)
	if err := c.checkTransfer(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, agents.Check(c.people(), c.Queues))...)
}

// checkTransfer looks at what transfers go by: their sound is joined here, so that
// a trunk whose calls live elsewhere needs an address of ours to send it to.
func (c config) checkTransfer() error {
	name := c.Transfer.Trunk
	i := slices.IndexFunc(c.Trunks, func(t trunkConfig) bool { return t.Name == name })
	switch {
	case name != "" && i < 0:
		return fmt.Errorf("transfer.trunk: there is no trunk %q", name)
	case name != "" && c.Trunks[i].Kind != sipKind && c.Webhooks.SIP == "":
		return fmt.Errorf("transfer.trunk: %s is of kind %s: set webhooks.sip, where its calls' sound comes to be joined", name, c.Trunks[i].Kind)
	default:
		return nil
	}
}

// people are the agents without their passwords.
func (c config) people() []agents.Agent {
	list := make([]agents.Agent, 0, len(c.Agents))
	for _, a := range c.Agents {
		list = append(list, a.Agent)
	}
	return list
}

// parsePorts reads a range such as 10000-10999.
func parsePorts(s string) (sip.Ports, error) {
	from, to, ok := strings.Cut(s, "-")
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	if !ok || err1 != nil || err2 != nil || first >= last {
		return sip.Ports{}, fmt.Errorf("%q is no range of ports, as 10000-10999", s)
	}
	return sip.Ports{First: uint16(first), Last: uint16(last)}, nil
}
