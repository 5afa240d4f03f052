package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"careline/ivr"
	"careline/speech"
)

// flowRunCmd lets a person be the caller of a flow, in the terminal.
type flowRunCmd struct {
	File    string            `arg:"" placeholder:"FILE" help:"Flow file (YAML)."`
	Lang    string            `placeholder:"LANG" help:"The caller's language (default: the flow's first)."`
	Contact map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"What is known of the caller, as due=2026-12-04; may be repeated."`
}

// Run holds one conversation.
func (c *flowRunCmd) Run(a *app) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read a flow: %w", err)
	}
	f, err := ivr.Parse(c.File, text)
	if err != nil {
		return fmt.Errorf("%w\nCheck it with: careline flow check %s", err, c.File)
	}
	r := rehearsal{app: a, flow: f, keypad: newKeypad(a.in, a.out)}
	r.greet(c)
	r.converse(a.ctx, f.Begin(ivr.Party{Language: c.Lang, Attributes: c.Contact}))
	return nil
}

// rehearsal is a conversation in the terminal.
type rehearsal struct {
	*app
	flow     *ivr.Flow
	keypad   *keypad
	messages int // left so far
}

// greet says how to be a caller, and what the flow will miss.
func (r *rehearsal) greet(c *flowRunCmd) {
	fmt.Fprintf(r.out, "You are calling %s. Press keys 0-9 * #; Enter alone is silence; h hangs up.\n", r.flow.Name())
	if c.Lang != "" && !slices.Contains(r.flow.Languages(), c.Lang) {
		fmt.Fprintf(r.out, "It speaks %s.\n", strings.Join(r.flow.Languages(), ", "))
	}
	known := r.flow.Attributes()
	for _, name := range slices.Sorted(maps.Keys(c.Contact)) {
		if !slices.Contains(known, name) {
			fmt.Fprintf(r.out, "It does not read contact.%s.\n", name)
		}
	}
	for _, name := range known {
		if c.Contact[name] == "" {
			fmt.Fprintf(r.out, "Not known of you: %s (add --contact %s=...).\n", name, name)
		}
	}
	fmt.Fprintln(r.out)
}

// converse takes the flow from the answered call to the hang-up.
func (r *rehearsal) converse(ctx context.Context, s ivr.State) {
	ev := ivr.Event{Kind: ivr.Answered}
	for ev.Kind != ivr.HungUp {
		ev.At = time.Now()
		var actions []ivr.Action
		s, actions = r.flow.Step(s, ev)
		ev = ivr.Event{Kind: ivr.Played}
		for _, a := range actions {
			ev = r.do(ctx, a)
		}
		if ev.Kind == ivr.HungUp && !s.Over {
			fmt.Fprintf(r.out, "\nYou hung up at %s.\n", s.Node)
		}
	}
	r.results(s)
}

// results lists what the conversation has yielded.
func (r *rehearsal) results(s ivr.State) {
	for _, result := range r.flow.Results() {
		if value, ok := s.Results[result.Name]; ok {
			fmt.Fprintf(r.out, "  %s: %s\n", result.Name, valued(value, result.Categories[value]))
		}
	}
}

// do shows one action and returns what comes of it.
func (r *rehearsal) do(ctx context.Context, a ivr.Action) ivr.Event {
	switch a.Kind {
	case ivr.Play:
		fmt.Fprintln(r.out, spelled(*a.Prompt))
	case ivr.Gather:
		fmt.Fprintln(r.out, spelled(*a.Prompt))
		return r.gather(ctx, *a.Gather)
	case ivr.Record:
		fmt.Fprintln(r.out, spelled(*a.Prompt))
		return r.record(ctx, *a.Record)
	case ivr.Enqueue:
		return r.enqueue(ctx, *a.Enqueue)
	case ivr.Dial:
		return r.dial(ctx, *a.Dial)
	case ivr.Hangup:
		fmt.Fprintln(r.out, "\nThe flow hung up.")
		return ivr.Event{Kind: ivr.HungUp}
	case ivr.Answer:
		r.note("%s: %s", a.Answer.Result, valued(a.Answer.Value, a.Answer.Category))
	case ivr.OptOut:
		r.note("no more calls (%s)", a.Scope)
	case ivr.Callback:
		r.note("to be called back: %s", a.Reason)
	}
	return ivr.Event{Kind: ivr.Played}
}

func (r *rehearsal) note(format string, args ...any) {
	fmt.Fprintf(r.out, "  * "+format+"\n", args...)
}

// gather asks for keys until they are some that a telephone has.
func (r *rehearsal) gather(ctx context.Context, spec ivr.GatherSpec) ivr.Event {
	enough := func(typed string) bool {
		finished := spec.FinishOnKey != "" && strings.HasSuffix(typed, spec.FinishOnKey)
		return typed == "h" || finished || len(typed) >= spec.MaxDigits
	}
	for {
		typed, ok := r.keypad.ask(ctx, "> ", enough)
		if !ok || typed == "h" {
			return ivr.Event{Kind: ivr.HungUp}
		}
		if strings.Trim(typed, "0123456789*#") == "" {
			return ivr.Event{Kind: ivr.Keys, Keys: collected(typed, spec)}
		}
		r.note("%q: a telephone has the keys 0-9 * #; Enter alone is silence, h hangs up", typed)
	}
}

// collected is what a line makes of the keys that were pressed.
func collected(typed string, spec ivr.GatherSpec) string {
	if spec.FinishOnKey != "" {
		typed, _, _ = strings.Cut(typed, spec.FinishOnKey)
	}
	return typed[:min(len(typed), spec.MaxDigits)]
}

// record asks what comes of the caller's turn to speak. Who hangs up while they
// speak has left a message.
func (r *rehearsal) record(ctx context.Context, spec ivr.RecordSpec) ivr.Event {
	if spec.Beep {
		r.note("beep")
	}
	r.note("you may speak for at most %v; %s or %v of silence ends it", spec.Max, spec.FinishOnKey, spec.Silence)
	ends := map[string]ivr.EventKind{
		"m": ivr.Recorded, "s": ivr.Silent, "f": ivr.Failed, "h": ivr.HungUp,
		"message": ivr.Recorded, "silent": ivr.Silent, "failed": ivr.Failed,
	}
	ev := r.choose(ctx, "m you leave a message, s you say nothing, f failed", ends)
	if ev.Kind == ivr.Recorded {
		r.messages++
		ev.Message.ID = fmt.Sprintf("message-%d", r.messages)
	}
	return ev
}

// enqueue asks what comes of waiting for an agent.
func (r *rehearsal) enqueue(ctx context.Context, spec ivr.EnqueueSpec) ivr.Event {
	r.note("you wait in queue %s for at most %v", spec.Queue, spec.MaxWait)
	if spec.KnownAgent != "" {
		r.note("for %v it rings at %s alone", spec.KnownAgentWait, spec.KnownAgent)
	}
	ends := map[string]ivr.EventKind{
		"c": ivr.Connected, "t": ivr.TimedOut, "u": ivr.Full, "f": ivr.Failed, "h": ivr.HungUp,
		"connected": ivr.Connected, "timeout": ivr.TimedOut, "full": ivr.Full, "failed": ivr.Failed,
	}
	return r.choose(ctx, "c connected, t timeout, u full, f failed", ends)
}

// dial asks what comes of a call to somebody else.
func (r *rehearsal) dial(ctx context.Context, spec ivr.DialSpec) ivr.Event {
	r.note("%s is called and rings for at most %v", spec.Number, spec.Ring)
	ends := map[string]ivr.EventKind{
		"c": ivr.Connected, "b": ivr.Busy, "t": ivr.TimedOut, "f": ivr.Failed, "h": ivr.HungUp,
		"connected": ivr.Connected, "busy": ivr.Busy, "timeout": ivr.TimedOut, "failed": ivr.Failed,
	}
	return r.choose(ctx, "c connected, b busy, t timeout, f failed", ends)
}

// choose asks which of some ends has come.
func (r *rehearsal) choose(ctx context.Context, choice string, ends map[string]ivr.EventKind) ivr.Event {
	question := "What happens? " + choice + ", h you hang up > "
	for {
		typed, ok := r.keypad.ask(ctx, question, func(typed string) bool { return len(typed) == 1 })
		if !ok {
			return ivr.Event{Kind: ivr.HungUp}
		}
		if kind, ok := ends[typed]; ok {
			return ivr.Event{Kind: kind}
		}
	}
}

// valued is a result's value with what it means.
func valued(value, category string) string {
	if category == "" {
		return value
	}
	return value + " (" + category + ")"
}

// spelled writes a prompt as it is heard. What is joined in stands in brackets.
func spelled(p ivr.Prompt) string {
	glue := " "
	if strings.HasPrefix(p.Lang, "zh") {
		glue = ""
	}
	parts := make([]string, len(p.Pieces))
	for i, piece := range p.Pieces {
		words, err := speech.Words(p.Lang, piece)
		if err != nil {
			words = []string{strings.TrimSpace(piece.Value + " " + piece.Unit)}
		}
		parts[i] = strings.Join(words, glue)
		if piece.Kind != ivr.Text {
			parts[i] = "[" + parts[i] + "]"
		}
	}
	return strings.Join(parts, glue)
}
