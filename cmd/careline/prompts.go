package main

import (
	"errors"
	"fmt"
	"os"

	"careline/ivr"
	"careline/speech"
)

// promptsCmd groups the commands on recordings.
type promptsCmd struct {
	Render promptsRenderCmd `cmd:"" help:"Synthesise what flows say and nobody has recorded, before dialing."`
}

type promptsRenderCmd struct {
	Flows []string `arg:"" type:"existingfile" help:"Flow files."`
	Out   string   `short:"o" type:"path" default:"prompts" help:"The prompts directory."`
	Again bool     `help:"Make anew what was rendered before, as after a change of voice. Recordings made by hand stay."`
	Voice []string `name:"command" sep:"none" placeholder:"WORD" help:"Speak by this command (once per word): text on its input, WAV on its output; {lang} is replaced. Default: espeak-ng."`
}

// Run renders what is missing.
func (c *promptsRenderCmd) Run(a *app) error {
	lines := append(speech.Service(), speech.Acceptance()...)
	for _, file := range c.Flows {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a flow: %w", err)
		}
		f, err := ivr.Parse(file, text)
		if err != nil {
			return err
		}
		lines = append(lines, speech.Lines(f.Prompts()...)...)
	}
	speaker, err := c.speaker()
	if err != nil {
		return err
	}
	if err = os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make the prompts directory: %w", err)
	}
	made := 0
	err = speech.Render(a.ctx, c.Out, lines, speaker, speech.RenderOptions{
		Again: c.Again,
		Progress: func(r speech.Rendered) {
			if r.Made {
				made++
				fmt.Fprintf(a.out, "%4d/%d  %s  %s\n", r.Done, r.Total, r.File, r.Line.Text)
			}
		},
	})
	if err != nil {
		return errors.Join(err, errors.New("what was rendered before stays; run it again to go on"))
	}
	fmt.Fprintf(a.out, "%d recordings made in %s\n", made, c.Out)
	return nil
}

// speaker is who speaks.
func (c *promptsRenderCmd) speaker() (speech.Speaker, error) {
	if len(c.Voice) > 0 {
		return speech.NewExec(c.Voice...)
	}
	return speech.NewEspeak(speech.EspeakOptions{}), nil
}
