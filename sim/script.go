package sim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/campaigns"
	"careline/internal/strict"
	"careline/phone"
)

// Script is a rehearsal as it is written down.
type Script struct {
	Name  string
	Seed  uint64 // of the first run; the next ones follow
	Seeds int    // runs; 0: the file does not say
	Setup Setup
}

// Parse reads a rehearsal file. name is used in errors, which give file:line of
// everything that is wrong; read reads the files that it names.
func Parse(name string, text []byte, read func(path string) ([]byte, error)) (Script, error) {
	s := scripted{parser: parser{strict.Reader{File: name}}, read: read}
	root, err := strict.Document(text, maxText)
	if err != nil {
		return Script{}, fmt.Errorf("%s: %w", name, err)
	}
	s.script.Seed = 1
	s.Mapping(root, "a rehearsal", s.fields())
	s.whole(root)
	return s.script, s.Err()
}

// ParsePeople reads a file of people, and of carriers and agents if it has any,
// for campaigns that stand elsewhere.
func ParsePeople(name string, text []byte) (Script, error) {
	s := scripted{parser: parser{strict.Reader{File: name}}}
	root, err := strict.Document(text, maxText)
	if err != nil {
		return Script{}, fmt.Errorf("%s: %w", name, err)
	}
	s.script.Seed = 1
	s.Mapping(root, "a file of people", slices.DeleteFunc(s.fields(), func(f strict.Field) bool {
		return slices.Contains([]string{"start", "until", "flows", "campaigns", "customers"}, f.Key)
	}))
	return s.script, s.Err()
}

// scripted is a file being read.
type scripted struct {
	parser
	read   func(path string) ([]byte, error)
	script Script
	start  string
	zone   string
	until  time.Duration
	seed   int
}

func (s *scripted) fields() []strict.Field {
	set := &s.script.Setup
	return []strict.Field{
		{"rehearsal", strict.Text(&s.script.Name)},
		{"seed", s.firstSeed},
		{"seeds", strict.Whole(&s.script.Seeds, 1, mostSeeds)},
		{"start", strict.Text(&s.start)},
		{"zone", s.readZone},
		{"until", span(&s.until)},
		{"flows", s.flows},
		{"campaigns", s.campaigns},
		{"customers", s.customers},
		{"trunks", s.trunks},
		{"people", s.people(&set.People)},
		{"agents", s.staff},
	}
}

func (s *scripted) firstSeed(n *yaml.Node) error {
	err := strict.Whole(&s.seed, 1, 1<<31-1)(n)
	s.script.Seed = uint64(s.seed)
	return err
}

func (s *scripted) readZone(n *yaml.Node) error {
	if err := strict.Text(&s.zone)(n); err != nil {
		return err
	}
	_, err := phone.Location(s.zone)
	return err
}

// whole checks what only the file as a whole can tell.
func (s *scripted) whole(n *yaml.Node) {
	if len(s.Errs) > 0 {
		return
	}
	set := &s.script.Setup
	for key, there := range map[string]bool{
		"campaigns": len(set.Campaigns) > 0, "customers": len(set.Lists) > 0, "trunks": len(set.Trunks) > 0,
		"flows": len(set.Flows) > 0, "start": s.start != "",
	} {
		if !there {
			s.Fail(n, key, errors.New("is missing"))
		}
	}
	if len(s.Errs) > 0 {
		slices.SortFunc(s.Errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
		return
	}
	loc, err := phone.Location(s.zone)
	if err == nil {
		set.Start, err = ParseTime(s.start, loc)
	}
	s.Fail(n, "start", err)
	if s.until > 0 {
		set.Until = set.Start.Add(s.until)
	}
	for _, c := range set.Campaigns {
		s.Fail(n, "campaign "+c.Name, s.fits(c.Definition))
	}
}

// fits checks that a campaign's list and trunks are there.
func (s *scripted) fits(d campaigns.Definition) error {
	set := s.script.Setup
	if !slices.ContainsFunc(set.Lists, func(l List) bool { return l.Name == d.List }) {
		return fmt.Errorf("there are no customers of list %q", d.List)
	}
	for _, name := range d.Trunks {
		if !slices.ContainsFunc(set.Trunks, func(t Trunk) bool { return t.Name == name }) {
			return fmt.Errorf("there is no trunk %q", name)
		}
	}
	return nil
}

// ParseTime reads a time of day at a place.
func ParseTime(s string, at *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, at); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time like 2026-03-02 09:00", s)
}

func (s *scripted) flows(n *yaml.Node) error {
	return strict.Each(n, func(item *yaml.Node) error {
		var path string
		if err := strict.Text(&path)(item); err != nil {
			return err
		}
		body, err := s.read(path)
		s.Fail(item, "flows", err)
		s.script.Setup.Flows = append(s.script.Setup.Flows, File{Name: path, Text: body})
		return nil
	})
}

// campaigns reads campaigns that stand here, or in files of their own.
func (s *scripted) campaigns(n *yaml.Node) error {
	return strict.Each(n, func(item *yaml.Node) error {
		d, err := s.campaign(item)
		if err != nil {
			s.Errs = append(s.Errs, err) // it tells its own line
			return nil
		}
		s.script.Setup.Campaigns = append(s.script.Setup.Campaigns, Campaign{Definition: d})
		return nil
	})
}

func (s *scripted) campaign(n *yaml.Node) (campaigns.Definition, error) {
	if n.Kind != yaml.MappingNode || len(n.Content) < 2 || n.Content[0].Value != "file" {
		return campaigns.ParseDefinitionIn(s.File, n)
	}
	var path string
	s.Mapping(n, "a campaign in a file of its own", []strict.Field{{"file", strict.Text(&path)}})
	body, err := s.read(path)
	if err != nil {
		return campaigns.Definition{}, fmt.Errorf("%s:%d: campaigns: %w", s.File, n.Line, err)
	}
	return campaigns.ParseDefinition(path, body)
}

// customers reads contact lists: of a file, or as many as asked for.
func (s *scripted) customers(n *yaml.Node) error {
	return strict.Each(n, func(item *yaml.Node) error {
		m := made{first: "+8613000000000"}
		var list, path, region string
		s.Mapping(item, "customers", []strict.Field{
			{"list", strict.Text(&list)},
			{"file", strict.Text(&path)},
			{"region", strict.Text(&region)},
			{"count", strict.Whole(&m.count, 1, mostCount)},
			{"first", strict.Text(&m.first)},
			{"segments", chances(&m.segments)},
			{"languages", chances(&m.languages)},
			{"zones", chances(&m.zones)},
		})
		l := List{Name: list}
		switch {
		case list == "":
			s.Fail(item, "customers", errors.New("list is missing: the name by which campaigns know it"))
		case (path == "") == (m.count == 0):
			s.Fail(item, "customers", errors.New("say either file or count"))
		case path != "":
			var err error
			l.Customers, err = s.listed(path, region)
			s.Fail(item, "customers", err)
		default:
			var err error
			l.Customers, err = m.customers()
			s.Fail(item, "customers", err)
		}
		s.script.Setup.Lists = append(s.script.Setup.Lists, l)
		return nil
	})
}

// listed reads a contact list.
func (s *scripted) listed(path, region string) ([]campaigns.Customer, error) {
	body, err := s.read(path)
	if err != nil {
		return nil, err
	}
	reader, err := campaigns.ReadList(bytes.NewReader(body), campaigns.ListOptions{Region: region})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []campaigns.Customer
	for {
		c, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, c)
	}
	if r := reader.Report(); r.Bad > 0 {
		return nil, fmt.Errorf("%s: %d rows are bad; careline contacts import --dry-run says which", path, r.Bad)
	}
	return all, nil
}

// made is a list of customers who are made up.
type made struct {
	count                      int
	first                      string
	segments, languages, zones map[string]float64
}

// customers makes them up: the same ones each time, whatever the seed.
func (m made) customers() ([]campaigns.Customer, error) {
	first, err := phone.Parse(m.first, "")
	if err != nil {
		return nil, fmt.Errorf("first: %w", err)
	}
	digits := strings.TrimPrefix(string(first), "+")
	base, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("first: %q is not a number with its country", m.first)
	}
	all := make([]campaigns.Customer, m.count)
	for i := range all {
		number := phone.Number("+" + strconv.FormatUint(base+uint64(i), 10))
		d := diceOf(0, string(number))
		all[i] = campaigns.Customer{
			Key: "C" + strconv.Itoa(i+1), Number: number,
			Segment: m.one(d, "segment", m.segments), Language: m.one(d, "language", m.languages), Zone: m.one(d, "zone", m.zones),
		}
	}
	return all, nil
}

// one is a customer's segment or the like: empty where the shares leave some over.
func (made) one(d dice, what string, shares map[string]float64) string {
	picked, _ := pick(d, what, shares)
	return picked
}

// trunks reads trunks and the carriers behind them.
func (s *scripted) trunks(n *yaml.Node) error {
	return strict.Each(n, func(item *yaml.Node) error {
		t := Trunk{MaxCalls: 10, PerSecond: 1, Carrier: DefaultCarrier()}
		s.Mapping(item, "a trunk", []strict.Field{
			{"name", strict.Text(&t.Name)},
			{"max_calls", strict.Whole(&t.MaxCalls, 1, 100_000)},
			{"calls_per_second", strict.Number(&t.PerSecond, 0.001, 10_000)},
			{"allow", func(n *yaml.Node) error { return allow(n, &t.Allow) }},
			{"delay", s.law(&t.Carrier.Delay)},
			{"fails", func(n *yaml.Node) error { return fails(n, &t.Carrier.Fails) }},
			{"lines", strict.Whole(&t.Carrier.Lines, 0, 100_000)},
			{"rate", strict.Number(&t.Carrier.Rate, 0, 10_000)},
			{"down", func(n *yaml.Node) error { return s.outages(n, &t.Carrier.Down) }},
		})
		if t.Name == "" {
			s.Fail(item, "trunks", errors.New("name is missing"))
		}
		s.script.Setup.Trunks = append(s.script.Setup.Trunks, t)
		return nil
	})
}

func allow(n *yaml.Node, into *phone.Prefixes) error {
	*into = phone.Prefixes{}
	err := strict.Each(n, func(item *yaml.Node) error {
		*into = append(*into, item.Value)
		return nil
	})
	return cmp.Or(err, into.Check())
}

// fails reads chances of final SIP statuses.
func fails(n *yaml.Node, into *map[int]float64) error {
	var by map[string]float64
	if err := chances(&by)(n); err != nil {
		return err
	}
	*into = map[int]float64{}
	for _, key := range slices.Sorted(maps.Keys(by)) {
		status, err := strconv.Atoi(key)
		if err != nil || status < 300 || status > 699 {
			return fmt.Errorf("%s is not a final SIP status from 300 to 699", key)
		}
		(*into)[status] = by[key]
	}
	return nil
}

func (s *scripted) outages(n *yaml.Node, into *[]Outage) error {
	return strict.Each(n, func(item *yaml.Node) error {
		var o Outage
		s.Mapping(item, "an outage", []strict.Field{{"from", span(&o.From)}, {"for", span(&o.For)}})
		*into = append(*into, o)
		return nil
	})
}
