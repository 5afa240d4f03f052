package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// serveCmd runs the service.
type serveCmd struct {
	Listen string     `env:"CARELINE_LISTEN" placeholder:"IP:PORT" help:"SIP over UDP and TCP here, in place of the configured address."`
	Node   string     `env:"CARELINE_NODE" placeholder:"NAME" help:"This machine's name in the database."`
	Level  slog.Level `name:"log-level" env:"CARELINE_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
}

// Run serves until a signal comes: the first lets running calls finish within
// the drain time, the second ends them at once.
func (c *serveCmd) Run(a *app) error {
	collectLess()
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	if c.Listen != "" {
		cfg.SIP.Listen = c.Listen
	}
	if c.Node != "" {
		cfg.Node = c.Node
	}
	if err = cfg.check(); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: c.Level}))
	s, err := newService(a.ctx, cfg, log, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(a.out, "careline serves SIP on %s, %sdatabase %s; Ctrl-C ends it when its calls are over, twice at once\n",
		cfg.SIP.listeners(s.driver.Addr().String()), s.hooks.served(cfg.Webhooks), redactURL(cfg.Database))
	abort, stop := again(a.ctx)
	defer stop()
	return s.Run(a.ctx, abort)
}

// collectLess has garbage collected when there is four times as much as what is
// in use, in place of once, unless the environment says otherwise: what is in
// use is little, and to look for it is a large part of what a call costs.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// again returns a context that ends at the second signal, after the one that
// ended ctx.
func again(ctx context.Context) (context.Context, context.CancelFunc) {
	second, stop := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
		select {
		case <-signals:
			stop()
		case <-second.Done():
		}
	})
	return second, stop
}

// redactURL hides the password of a database URL.
func redactURL(database string) string {
	u, err := url.Parse(database)
	if err != nil || u.User == nil {
		return database
	}
	return u.Redacted()
}
