package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"careline/ivr"
	"careline/speech"
)

// flowCheckCmd says what is wrong with flow files.
type flowCheckCmd struct {
	Files   []string `arg:"" name:"file" placeholder:"FILE" help:"Flow files (YAML)."`
	Prompts []string `type:"existingdir" placeholder:"DIR" help:"Also say which texts have no recording in these prompts directories."`
	Carrier string   `enum:",sip,twilio" default:"" placeholder:"KIND" help:"Also warn of what calls by this carrier, sip or twilio, do otherwise than the flow says (default: twilio where the configuration has such a trunk)."`
	JSON    bool     `name:"json" help:"Print one JSON object."`
}

// checked is what was found out about one file.
type checked struct {
	File     string       `json:"file"`
	Flow     string       `json:"flow,omitempty"` // its name; empty when the file is refused
	Hash     string       `json:"hash,omitempty"`
	Valid    bool         `json:"valid"`
	Problems ivr.Problems `json:"problems"`
}

// Run checks all files, and fails when one of them is not valid.
func (c *flowCheckCmd) Run(a *app) error {
	library, err := c.library()
	if err != nil {
		return err
	}
	var all []checked
	invalid, hosted := 0, c.hosted(a)
	for _, file := range c.Files {
		one, err := checkFlow(file, library, hosted)
		if err != nil {
			return err
		}
		all = append(all, one)
		if !one.Valid {
			invalid++
		}
	}
	if err := c.print(a.out, all); err != nil {
		return err
	}
	if invalid > 0 {
		return fmt.Errorf("%d of %d flow files: %w", invalid, len(all), ivr.ErrInvalid)
	}
	return nil
}

// hosted tells whether flows are looked at as calls by Twilio have them.
func (c *flowCheckCmd) hosted(a *app) bool {
	if c.Carrier != "" {
		return c.Carrier == twilioKind
	}
	cfg, err := a.loadConfig()
	return err == nil && cfg.hosted() != "" // a flow is checked without a configuration as well
}

// library opens the prompts directories; nil when none are given.
func (c *flowCheckCmd) library() (*speech.Library, error) {
	if len(c.Prompts) == 0 {
		return nil, nil //nolint:nilnil // no library is a choice of the caller's
	}
	var dirs []fs.FS
	for _, dir := range c.Prompts {
		dirs = append(dirs, os.DirFS(dir))
	}
	library, err := speech.Open(dirs...)
	if err != nil {
		return nil, fmt.Errorf("open the prompts: %w", err)
	}
	return library, nil
}

func (c *flowCheckCmd) print(out io.Writer, all []checked) error {
	if c.JSON {
		if err := json.NewEncoder(out).Encode(map[string]any{"files": all}); err != nil {
			return fmt.Errorf("print what was checked: %w", err)
		}
		return nil
	}
	for _, one := range all {
		for _, p := range one.Problems {
			fmt.Fprintln(out, p.Error())
		}
		if one.Valid {
			fmt.Fprintf(out, "%s: flow %s is valid\n", one.File, one.Flow)
		}
	}
	return nil
}

// checkFlow reads one file, and looks at it as calls by Twilio have it where hosted
// says so. An error means that it could not even be opened.
func checkFlow(file string, library *speech.Library, hosted bool) (checked, error) {
	one := checked{File: file, Problems: ivr.Problems{}}
	text, err := os.ReadFile(file)
	if err != nil {
		return one, fmt.Errorf("read a flow: %w", err)
	}
	f, err := ivr.Parse(file, text)
	if err != nil {
		if !errors.As(err, &one.Problems) {
			return one, fmt.Errorf("read a flow: %w", err)
		}
		return one, nil
	}
	one.Flow, one.Hash, one.Valid = f.Name(), f.Hash(), true
	one.Problems = append(one.Problems, f.Warnings()...)
	if hosted {
		one.Problems = append(one.Problems, f.HostedWarnings(file)...)
	}
	if library != nil {
		mute := unspoken(file, text, f, library)
		one.Problems = append(one.Problems, mute...)
		one.Valid = len(mute) == 0
	}
	return one, nil
}

// unspoken finds the texts of a flow that cannot be said.
func unspoken(file string, text []byte, f *ivr.Flow, library *speech.Library) ivr.Problems {
	var found ivr.Problems
	for _, prompt := range f.Prompts() {
		for _, m := range library.Missing(prompt) {
			p := ivr.Problem{File: file, Line: lineOf(text, m.Text), Column: 1, Message: m.Error()}
			if !slices.Contains(found, p) {
				found = append(found, p)
			}
		}
	}
	return found
}

// lineOf finds the line of a file that holds a text; 1 when none does.
func lineOf(file []byte, text string) int {
	before, _, found := bytes.Cut(file, []byte(text))
	if !found || text == "" {
		return 1
	}
	return 1 + bytes.Count(before, []byte("\n"))
}
