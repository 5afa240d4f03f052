package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"careline/agents"
	"careline/call"
	"careline/dialer"
	"careline/ivr"
	"careline/phone"
	"careline/sip"
	"careline/speech"
	"careline/store"
	"careline/switchboard"
)

// service is careline at work: everything that serve and the demonstration run.
type service struct {
	cfg     config
	log     *slog.Logger
	store   *store.Store
	speech  *speech.Library
	driver  *sip.Driver
	lines   carriers
	hooks   *webhooks // nil: no trunk asks by them
	told    sync.Map  // how trunks by Twilio stood when it was told, by name
	board   *switchboard.Switchboard
	desk    *call.Desk
	dialer  *dialer.Dialer
	book    trunkBook
	orphans []call.Fact // callers at carriers whom an earlier run had in its queues

	previews previewCalls
}

// newService opens the database and the sockets. Nothing happens before Run;
// Close closes the database.
func newService(ctx context.Context, cfg config, log *slog.Logger, watch func(dialer.Event)) (*service, error) {
	s := &service{cfg: cfg, log: log}
	var err error
	if s.speech, err = cfg.openSpeech(); err != nil {
		return nil, err
	}
	if s.store, err = cfg.openNode(ctx, log); err != nil {
		return nil, err
	}
	if err := s.wire(ctx, watch); err != nil {
		s.store.Close()
		return nil, err
	}
	return s, nil
}

// wire puts the parts together.
func (s *service) wire(ctx context.Context, watch func(dialer.Event)) error {
	if err := s.seat(ctx); err != nil {
		return err
	}
	if err := s.cfg.addFlows(ctx, s.store, time.Now()); err != nil {
		return err
	}
	if err := s.keepTrunks(ctx); err != nil {
		return err
	}
	s.desk = call.NewDesk(s.store, s.store, call.Options{Apology: apology, Log: s.log})
	if err := s.openSIP(); err != nil {
		return err
	}
	if err := s.openHosted(ctx); err != nil {
		return err
	}
	var err error
	s.board, err = switchboard.New(ctx, capped{s}, s.store, switchboard.Options{
		Agents: s.cfg.people(), Queues: s.cfg.Queues, Confirm: confirmation, Accept: s.acceptance, Log: s.log,
		Trunk: s.cfg.Transfer.Trunk, Region: s.cfg.Region, Leg: s.lines.Leg,
		OnPresence: s.onAgent,
	})
	if err != nil {
		return err
	}
	queue := cappedQueue{s.board, capped{s}}
	s.driver.SetQueue(queue)
	if s.lines.twilio != nil {
		s.lines.twilio.SetQueue(queue)
		s.lines.twilio.Requeue(s.orphans)
	}
	s.dialer = dialer.New(s.store, s.store, s.store, s.lines, s.desk, s.dialerOptions(watch))
	return nil
}

// openSIP opens the carrier of calls by SIP.
func (s *service) openSIP() error {
	o, err := s.cfg.driverOptions()
	if err != nil {
		return err
	}
	o.Speaker, o.Bindings, o.Bans, o.Apology, o.Log = s.speech, s.store, s.store, apology, s.log
	if o.Announcements, err = openAnnouncements(s.cfg.SIP.Announcements); err != nil {
		return fmt.Errorf("sip.announcements: %w", err)
	}
	if s.cfg.SIP.keep() > 0 {
		o.Traces = s.store
	}
	o.OnCall = s.desk.Incoming
	o.OnPhone = s.fromPhone
	o.OnPresence = func(_ context.Context, agent string, reachable bool) { s.board.SetReachable(agent, reachable) }
	o.OnTrunk, o.OnAlarm = s.onTrunk, s.onAlarm
	if s.driver, err = sip.New(o); err != nil {
		return fmt.Errorf("open SIP: %w", err)
	}
	return nil
}

// fromPhone takes a call from an agent's phone: a number that a flow answers, as
// to try it, or a feature code. Neither leads outside.
func (s *service) fromPhone(ctx context.Context, in call.Incoming) {
	dialed := in.Info().To
	if slices.ContainsFunc(s.cfg.DIDs, func(d didConfig) bool { return d.Number == dialed }) {
		defer s.board.Dialing(in.Info().Phone)()
		s.desk.Incoming(ctx, in)
		return
	}
	s.board.Dialed(ctx, in)
}

// dialerOptions are what the configuration says of dialing.
func (s *service) dialerOptions(watch func(dialer.Event)) dialer.Options {
	o := dialer.Options{
		Node: s.cfg.Node, Drain: s.cfg.Drain, Log: s.log, Notify: s.keepAgents(watch),
		Leg: s.lines.Leg, CallerID: s.cfg.shown, Cap: s.cfg.capOf, EndLost: s.endLost, Board: s.store,
		Allow: make(map[string]phone.Prefixes), Local: make(map[string]bool),
	}
	for _, t := range s.lines.Trunks() {
		o.Trunks = append(o.Trunks, s.planTrunk(t))
	}
	for _, t := range s.cfg.Trunks {
		o.Allow[t.Name], o.Local[t.Name] = t.Allow, t.local()
	}
	return o
}

// Run serves until ctx ends, then lets running calls finish within the drain
// time; the dialer and the line refuse new ones meanwhile. When abort ends they
// are hung up at once.
func (s *service) Run(ctx, abort context.Context) error {
	g, work := errgroup.WithContext(abort)
	work, stop := context.WithCancel(work)
	g.Go(func() error { return s.driver.Run(work) })
	g.Go(func() error { return s.runHosted(work) })
	g.Go(func() error { return s.board.Run(work) })
	g.Go(func() error { return s.attend(work, ctx) })
	g.Go(func() error {
		s.prune(work)
		return nil
	})
	g.Go(func() error {
		s.pruneRecordings(work)
		return nil
	})
	g.Go(func() error {
		defer stop()
		dialing, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(work, cancel)() // a part that fails takes all down
		defer context.AfterFunc(abort, s.dialer.HangUp)()
		draining, over := context.WithCancel(work)
		defer over()
		defer context.AfterFunc(dialing, func() {
			s.lines.Drain()
			time.AfterFunc(s.cfg.Drain, over)
		})()
		err := s.dialer.Run(dialing)
		s.drain(draining)
		return err
	})
	return g.Wait()
}

// Close closes the database. What callers said is in it by then.
func (s *service) Close() error { return s.store.Close() }

// drain waits for the calls that are still up, until ctx ends.
func (s *service) drain(ctx context.Context) {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for s.lines.up() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// apology is what callers hear when the service cannot go on.
func apology(lang string) ivr.Prompt {
	for _, l := range speech.Service() {
		if l.Lang == lang {
			return ivr.Prompt{Lang: lang, Pieces: []ivr.Piece{{Kind: ivr.Text, Value: l.Text}}}
		}
	}
	return ivr.Prompt{Lang: lang}
}

// acceptance is what an agent hears who is called by a number, before 1 takes the
// caller: in the language of the region, or the digit alone where it is not
// recorded.
func (s *service) acceptance() ivr.Prompt {
	lang := "en"
	if s.cfg.Region == "CN" {
		lang = "zh"
	}
	for _, l := range speech.Acceptance() {
		if l.Lang != lang {
			continue
		}
		p := ivr.Prompt{Lang: l.Lang, Pieces: []ivr.Piece{{Kind: ivr.Text, Value: l.Text}}}
		if _, err := s.speech.Clips(p); err == nil {
			return p
		}
	}
	return confirmation(agents.Ready)
}

// confirmation is what an agent hears after *1 and *2: one digit, as the code.
func confirmation(w agents.Wish) ivr.Prompt {
	digit := map[agents.Wish]string{agents.Ready: "1", agents.Break: "2"}[w]
	return ivr.Prompt{Lang: "en", Pieces: []ivr.Piece{{Kind: ivr.Digits, Value: digit}}}
}
