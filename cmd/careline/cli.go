package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// app is handed to every command's Run.
type app struct {
	streams
	ctx      context.Context //nolint:containedctx // kong hands commands one value; it lives as long as the command
	config   string          // path of the configuration file; empty: careline.yaml where there is one
	database string          // in place of the configured one; empty: that
}

// cli is the command line: one field a command, each in the file of its name.
type cli struct {
	Config   string `short:"c" type:"path" env:"CARELINE_CONFIG" placeholder:"FILE" help:"Configuration file (default: careline.yaml, where there is one)."`
	Database string `env:"CARELINE_DATABASE" placeholder:"URL" help:"Database, in place of the configured one: a file, or postgres://user@host/name."`

	Demo     demoCmd     `cmd:"" help:"Run the main job in one process, with a telephone network in a box."`
	Serve    serveCmd    `cmd:"" help:"Run the service."`
	Contacts contactsCmd `cmd:"" help:"Read contact lists, take numbers off them."`
	DNC      dncCmd      `cmd:"" name:"dnc" help:"See and change who must not be called."`
	Consent  consentCmd  `cmd:"" help:"See and change who has consented to be called."`
	Campaign campaignCmd `cmd:"" help:"Make, run and report campaigns."`
	Rules    rulesCmd    `cmd:"" help:"Read the rule packs and calendars that campaigns follow."`
	Simulate simulateCmd `cmd:"" help:"Rehearse a campaign in virtual time, before one real number is dialed."`
	Agent    agentCmd    `cmd:"" help:"See what agents do; take, call and close customers as one."`
	Calls    callsCmd    `cmd:"" help:"See how calls went, message by message."`
	Trunk    trunkCmd    `cmd:"" help:"List carriers' trunks, and find out what is wrong with one."`
	Guard    guardCmd    `cmd:"" help:"See who is shut out, and let them in again."`
	Flow     flowCmd     `cmd:"" help:"Check a flow file, or be its caller in the terminal."`
	Prompts  promptsCmd  `cmd:"" help:"Synthesise prompts."`
	Doctor   doctorCmd   `cmd:"" help:"Look the service over: what is wrong, and what is open to whom."`
	Bench    benchCmd    `cmd:"" help:"Measure this machine."`

	Recordings recordingsCmd `cmd:"" help:"List, find and delete the messages that callers have left."`
}

// errUsage marks errors that stem from how a command was called.
var errUsage = errors.New("usage")

// run parses args, runs the command and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exited, code := false, exitDone
	parser, err := kong.New(&c,
		kong.Name("careline"),
		kong.Description("A telephone service in one binary: IVR menus, queues, agents and outbound campaigns."),
		kong.Vars{"whoami": whoAmI()}, // where the environment does not name the user
		kong.Writers(s.out, s.err),
		kong.Exit(func(n int) { exited, code = true, n }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		fmt.Fprintln(s.err, "careline:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		fmt.Fprintf(s.err, "careline: %v\nTry: careline --help\n", err)
		return exitUsage
	}
	err = k.Run(&app{streams: s, ctx: ctx, config: c.Config, database: c.Database})
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUsage):
		fmt.Fprintln(s.err, "careline:", err)
		return exitUsage
	default:
		fmt.Fprintln(s.err, "careline:", err)
		return exitFailed
	}
}
