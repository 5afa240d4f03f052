package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"careline/call"
	"careline/phone"
	"careline/speech"
	"careline/twilio"
)

// How long a request of Twilio's may take; it waits for 15 s at most itself.
const (
	headerTime  = 5 * time.Second
	requestTime = 10 * time.Second
	answerTime  = 20 * time.Second
	idleTime    = 2 * time.Minute // more than proxies keep a connection
	partingTime = 5 * time.Second // for the requests that are under way at the end
	mostHeader  = 32 << 10
)

// webhooks are where Twilio asks what its calls shall do.
type webhooks struct {
	listener net.Listener
	server   *http.Server
}

// listen opens the socket; requests are taken once serve is called.
func (w webhooksConfig) listen(ctx context.Context, h http.Handler, log *slog.Logger) (*webhooks, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", w.Listen)
	if err != nil {
		return nil, fmt.Errorf("webhooks.listen: %w", err)
	}
	return &webhooks{listener: l, server: &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: mostHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// serve answers until ctx ends, and then what was asked by then.
func (w *webhooks) serve(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- w.server.Serve(w.listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve webhooks: %w", err)
	case <-ctx.Done():
	}
	parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingTime)
	defer cancel()
	err := w.server.Shutdown(parting)
	if errors.Is(err, context.DeadlineExceeded) {
		err = w.server.Close()
	}
	if <-ended; err != nil {
		return fmt.Errorf("end the webhooks: %w", err)
	}
	return nil
}

// served says where webhooks are taken, for the line of serve.
func (w *webhooks) served(c webhooksConfig) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("webhooks for %s on %s, ", c.PublicURL, w.listener.Addr())
}

// openHosted makes the carrier of trunks by Twilio, where there are any, and
// listens for its requests.
func (s *service) openHosted(ctx context.Context) error {
	s.lines = carriers{sip: s.driver, hosted: make(map[string]bool)}
	if s.cfg.hosted() == "" {
		return nil
	}
	o, err := s.cfg.twilioOptions()
	if err != nil {
		return err
	}
	o.Book, o.Ledger, o.Desk, o.Legs, o.Speaker, o.Apology, o.Log = s.store, s.store, s.desk, s.driver, s.speech, apology, s.log
	o.Messages, o.Accept = s.store, s.acceptance
	o.Words, o.Talks, o.Region, o.MayDial = speech.Words, s.store, s.cfg.Region, s.mayDial
	o.Slowed = func(trunk string, status int, wait time.Duration) { s.dialer.Pushback(trunk, status, wait) }
	if s.lines.twilio, err = twilio.New(o); err != nil {
		return fmt.Errorf("open Twilio: %w", err)
	}
	for _, t := range o.Trunks {
		s.lines.hosted[t.Name] = true
	}
	s.hooks, err = s.cfg.Webhooks.listen(ctx, s.lines.twilio.Handler(), s.log)
	return err
}

// mayDial counts a call that Twilio is to place for a caller, or says why it must
// not.
func (s *service) mayDial(ctx context.Context, id, trunk string, n phone.Number) string {
	if err := (capped{s}).count(ctx, call.Order{ID: id, Trunk: trunk, Number: n}); err != nil {
		return err.Error()
	}
	return ""
}

// runHosted carries calls by Twilio until ctx ends. Requests are answered until
// the last call has ended.
func (s *service) runHosted(ctx context.Context) error {
	if s.hooks == nil {
		return nil
	}
	answering, over := context.WithCancel(context.WithoutCancel(ctx))
	defer over()
	failed, fail := context.WithCancel(ctx)
	defer fail()
	ended := make(chan error, 1)
	go func() {
		defer fail()
		ended <- s.hooks.serve(answering)
	}()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.watchHosted(failed)
	}()
	err := s.lines.twilio.Run(failed)
	over()
	<-watched
	return errors.Join(err, <-ended)
}
