package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"careline/campaigns"
	"careline/dialer"
	"careline/examples"
	"careline/ivr"
	"careline/sim/people"
)

// demoCmd runs the main job in one process: the service, and a telephone network
// with a person behind every number.
type demoCmd struct {
	For    time.Duration `placeholder:"45s" help:"End after this time (default: when both lists are through, at most 4 minutes)."`
	Seed   uint64        `default:"1" help:"The same seed makes the people behave the same."`
	JSON   bool          `name:"json" help:"Print one JSON object as the last line."`
	Plain  bool          `help:"Print lines instead of a picture, as when the output is no terminal."`
	Keep   string        `type:"path" placeholder:"DIR" help:"Keep the database here (default: a temporary folder that is removed)."`
	Twilio bool          `help:"Reach the people by a twin of Twilio, in place of SIP."`
	Record bool          `help:"With --keep: record some calls at both ends as WAV files."`
}

// longest is how long the demonstration goes on without --for.
const longest = 4*time.Minute - 8*time.Second

// demo is one demonstration at work.
type demo struct {
	cmd    *demoCmd
	dir    string
	cfg    config
	book   book
	people []campaigns.Customer
	net    *people.Network
	twin   *demoTwin // nil: the people are reached by SIP
	svc    *service
	screen *screen
	began  time.Time
}

// Run plays the demonstration out.
func (c *demoCmd) Run(a *app) (err error) {
	d := &demo{cmd: c, began: time.Now()}
	if d.dir, err = c.folder(); err != nil {
		return err
	}
	if c.Keep == "" {
		defer d.clear(a.err)
	}
	if c.Record && c.Keep == "" {
		return fmt.Errorf("%w: --record needs --keep DIR", errUsage)
	}
	if err := d.open(a.ctx); err != nil {
		return err
	}
	defer d.svc.Close()
	d.screen = newScreen(a.out, c.Plain, d)
	if err := d.play(a.ctx); err != nil {
		return err
	}
	return d.conclude(context.WithoutCancel(a.ctx), a.out)
}

// clear removes what nobody wanted to keep.
func (d *demo) clear(w io.Writer) {
	if err := os.RemoveAll(d.dir); err != nil {
		fmt.Fprintln(w, "careline:", err)
	}
}

// folder is where the database lives.
func (c *demoCmd) folder() (string, error) {
	if c.Keep == "" {
		dir, err := os.MkdirTemp("", "careline-demo-")
		if err != nil {
			return "", fmt.Errorf("make a folder for the demonstration: %w", err)
		}
		return dir, nil
	}
	if err := os.MkdirAll(c.Keep, 0o755); err != nil {
		return "", fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	if _, err := os.Stat(filepath.Join(c.Keep, "careline.db")); err == nil {
		return "", fmt.Errorf("%s holds a database already; name another folder", c.Keep)
	}
	return c.Keep, nil
}

// open sets up the network and the service, each on its own sockets.
func (d *demo) open(ctx context.Context) error {
	if err := d.readExamples(); err != nil {
		return err
	}
	if err := d.openNetwork(); err != nil {
		return err
	}
	if err := d.openCarrier(); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if d.cmd.Keep != "" {
		file, err := os.Create(filepath.Join(d.dir, "careline.log"))
		if err != nil {
			return fmt.Errorf("open the log: %w", err)
		}
		log = slog.New(slog.NewTextHandler(file, nil))
	}
	svc, err := newService(ctx, d.cfg, log, func(e dialer.Event) { d.screen.dialed(e) })
	if err != nil {
		return err
	}
	d.svc = svc
	d.net.SetService(d.called())
	return nil
}

// openCarrier leads the trunk to the people, straight or by the twin.
func (d *demo) openCarrier() error {
	if d.cmd.Twilio {
		return d.openTwin()
	}
	d.cfg.Trunks[0].Address = d.net.Addr()
	return nil
}

// called is where the people's calls to the service go.
func (d *demo) called() string {
	if d.twin != nil {
		return d.twin.phones.Addr().String()
	}
	return d.svc.driver.Addr().String()
}

// readExamples reads the configuration, the flows and the list that ship.
func (d *demo) readExamples() (err error) {
	files := examples.FS()
	text, err := fs.ReadFile(files, "demo/careline.yaml")
	if err != nil {
		return fmt.Errorf("read the demonstration's configuration: %w", err)
	}
	if d.cfg, err = parseConfig("demo/careline.yaml", text); err != nil {
		return err
	}
	d.cfg.Database = filepath.Join(d.dir, "careline.db")
	if d.cmd.Record {
		d.cfg.SIP.Record = filepath.Join(d.dir, "service")
	}
	if d.cfg.shipped, err = fs.Sub(files, "flows"); err != nil {
		return fmt.Errorf("open the example flows: %w", err)
	}
	d.people, err = readExampleList(files, d.cfg.Region, "")
	return err
}

// readExampleList reads the customers who have a value in the column with.
func readExampleList(files fs.FS, region, with string) ([]campaigns.Customer, error) {
	file, err := files.Open("contacts.csv")
	if err != nil {
		return nil, fmt.Errorf("open the example list: %w", err)
	}
	defer file.Close()
	reader, err := campaigns.ReadList(file, campaigns.ListOptions{Region: region})
	if err != nil {
		return nil, fmt.Errorf("read the example list: %w", err)
	}
	var list []campaigns.Customer
	for c, err := range (&listFile{name: "contacts.csv", reader: reader, with: with}).rows {
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// openNetwork puts a person behind every number of the list.
func (d *demo) openNetwork() error {
	library, err := d.cfg.openSpeech()
	if err != nil {
		return err
	}
	texts, err := readFlows(d.cfg.shipped)
	if err != nil {
		return err
	}
	var flows []*ivr.Flow
	for name, text := range texts {
		f, bad := ivr.Parse(name, text)
		if bad != nil {
			return bad
		}
		flows = append(flows, f)
	}
	if d.book, err = newBook(flows, library); err != nil {
		return err
	}
	trunk := d.cfg.Trunks[0]
	d.net, err = people.New(people.Options{
		Seed: d.cmd.Seed, Subscribers: d.subscribers(), Book: d.book.prompts,
		Behaviour: people.Behaviour{LongestCall: time.Minute},
		Challenge: &people.Credentials{User: trunk.Username, Password: string(trunk.Password)},
		RecordDir: d.recordings(), Record: d.recorded,
		Notify: func(e people.Entry) { d.noted(e) },
	})
	if err != nil {
		return fmt.Errorf("open the telephone network: %w", err)
	}
	return nil
}

// subscribers are the customers as the network knows them.
func (d *demo) subscribers() []people.Subscriber {
	list := make([]people.Subscriber, 0, len(d.people))
	for _, c := range d.people {
		list = append(list, people.Subscriber{Number: string(c.Number), Language: c.Language})
	}
	return list
}

func (d *demo) recordings() string {
	if !d.cmd.Record {
		return ""
	}
	return filepath.Join(d.dir, "people")
}

// recorded chooses the numbers whose calls are recorded: a handful.
func (d *demo) recorded(number string) bool {
	return d.cmd.Record && number[len(number)-1] == '7'
}

// play runs everything until the lists are through or time is up.
func (d *demo) play(ctx context.Context) error {
	limit := d.cmd.For
	if limit == 0 {
		limit = longest
	}
	show, over := context.WithTimeout(ctx, limit)
	defer over()
	netCtx, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()

	var network errgroup.Group
	network.Go(func() error { return d.net.Run(netCtx) })
	network.Go(func() error { return d.twin.run(netCtx) })
	g, show := errgroup.WithContext(show)
	g.Go(func() error { return d.svc.Run(show, netCtx) })
	g.Go(func() error { return d.screen.run(show) })
	g.Go(func() error {
		defer over()
		err := d.script(show)
		if err != nil && show.Err() != nil {
			return nil // time is up, or Ctrl-C
		}
		return err
	})
	err := g.Wait()
	hangUp()
	return errors.Join(err, network.Wait())
}
