package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// recordingsCmd groups the commands on messages.
type recordingsCmd struct {
	List   recordingsListCmd   `cmd:"" help:"List the messages that callers have left."`
	Path   recordingsPathCmd   `cmd:"" help:"Print where a message's WAV file is, as for: aplay $(careline recordings path ID)."`
	Delete recordingsDeleteCmd `cmd:"" help:"Delete messages, their sound and what is known of them."`
}

type recordingsListCmd struct {
	Since    span   `placeholder:"1h" help:"Only those left within this time, as 30m, 12h or 7d."`
	Campaign string `placeholder:"NAME" help:"Only those of a campaign."`
	Number   string `placeholder:"NUMBER" help:"Only those of a number; its last digits will do."`
	Limit    int    `default:"100" help:"The latest so many."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// recordingJSON is a message, as JSON.
type recordingJSON struct {
	ID       string              `json:"id"`
	At       time.Time           `json:"at"`
	Call     string              `json:"call"`
	Number   phone.Number        `json:"number"`
	Campaign campaigns.ID        `json:"campaign,omitempty"`
	Contact  campaigns.ContactID `json:"contact,omitempty"`
	Result   string              `json:"result"`
	Seconds  float64             `json:"seconds"`
	Bytes    int64               `json:"bytes,omitempty"`
	Node     string              `json:"node,omitempty"` // of the service, that has the file
	Path     string              `json:"path,omitempty"` // there
	Carrier  string              `json:"carrier,omitempty"`
}

func newRecordingJSON(c config, r call.Recording) recordingJSON {
	j := recordingJSON{
		ID: r.ID, At: r.At, Call: r.CallID, Number: r.Number, Campaign: r.Campaign, Contact: r.Contact, Result: r.Result,
		Seconds: r.Length.Seconds(), Bytes: r.Bytes, Node: r.Host, Carrier: r.Carrier,
	}
	if r.File != "" && r.Host == c.Node {
		j.Path = c.Recordings.path(r)
	}
	return j
}

// Run lists messages, the latest at the end.
func (c *recordingsListCmd) Run(a *app) error {
	if c.Limit < 1 || c.Limit > 1_000_000 {
		return fmt.Errorf("%w: --limit must be 1 to 1000000", errUsage)
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		f := store.RecordingFilter{Number: digitsOf(c.Number), Limit: c.Limit}
		if c.Since.set {
			f.Since = time.Now().Add(-c.Since.d)
		}
		if c.Campaign != "" {
			campaign, err := s.CampaignNamed(a.ctx, c.Campaign)
			if err != nil {
				return noCampaign(c.Campaign, err)
			}
			f.Campaign = campaign.ID
		}
		list, err := s.Recordings(a.ctx, f)
		if err != nil {
			return err
		}
		return printRecordings(a.out, cfg, list, c.JSON)
	})
}

func printRecordings(w io.Writer, cfg config, list []call.Recording, asJSON bool) error {
	if asJSON {
		all := make([]recordingJSON, 0, len(list))
		for _, r := range list {
			all = append(all, newRecordingJSON(cfg, r))
		}
		return json.NewEncoder(w).Encode(all)
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "No messages.")
		return nil
	}
	fmt.Fprintf(w, "%-16s  %-8s  %-16s  %8s  %-20s  %s\n", "left", "id", "number", "length", "result", "where")
	for _, r := range slices.Backward(list) {
		fmt.Fprintf(w, "%-16s  %-8s  %-16s  %8s  %-20s  %s\n",
			listTime(r.At), shortID(r.ID), orDash(printable(string(r.Number))), seconds(r.Length), r.Result, whereIs(cfg, r))
	}
	return nil
}

// whereIs tells where a message's sound is.
func whereIs(cfg config, r call.Recording) string {
	switch {
	case r.File == "":
		return "still with " + orDash(r.Carrier)
	case r.Host != cfg.Node:
		return "on node " + r.Host
	default:
		return cfg.Recordings.path(r)
	}
}

type recordingsPathCmd struct {
	ID string `arg:"" help:"The message, as careline recordings list shows it; its first or last characters will do."`
}

// Run prints a path.
func (c *recordingsPathCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		r, err := oneRecording(a, s, c.ID)
		if err != nil {
			return err
		}
		path, err := cfg.ownRecording(r)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.out, path)
		return nil
	})
}

// oneRecording finds the only message of a name.
func oneRecording(a *app, s *store.Store, name string) (call.Recording, error) {
	list, err := s.FindRecordings(a.ctx, name)
	switch {
	case err != nil:
		return call.Recording{}, err
	case len(list) == 0:
		return call.Recording{}, fmt.Errorf("there is no message %s; see careline recordings list", name)
	case len(list) > 1:
		return call.Recording{}, fmt.Errorf("%d messages are called %s: write more of the id", len(list), name)
	}
	return list[0], nil
}

// ownRecording is where a message's file is, if it is on this node.
func (c config) ownRecording(r call.Recording) (string, error) {
	switch {
	case r.File == "":
		return "", fmt.Errorf("the sound of message %s is still with %s: careline serve fetches it", r.ID, r.Carrier)
	case r.Host != c.Node:
		return "", fmt.Errorf("message %s is on node %s: run this there", r.ID, r.Host)
	case c.Recordings.Directory == "":
		return "", errors.New("recordings.directory is not set in the configuration; name the one with --config FILE that the service runs with")
	}
	path := c.Recordings.path(r)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("message %s: %w", r.ID, err)
	}
	return path, nil
}

type recordingsDeleteCmd struct {
	ID  []string `arg:"" help:"The messages, as careline recordings list shows them."`
	Yes bool     `help:"Do not ask."`
}

// Run deletes messages, after asking.
func (c *recordingsDeleteCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		var list []call.Recording
		for _, id := range c.ID {
			r, err := oneRecording(a, s, id)
			if err != nil {
				return err
			}
			if _, err = cfg.ownRecording(r); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			list = append(list, r)
		}
		if !c.Yes && !a.confirm(fmt.Sprintf("Delete %s for good?", messages(len(list)))) {
			return errors.New("nothing was deleted")
		}
		for _, r := range list {
			if err := cfg.deleteRecording(a.ctx, s, r); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: deleted; the answer %s of call %s stays\n", r.ID, r.Result, r.CallID)
		}
		return nil
	})
}

// messages counts them in words.
func messages(n int) string {
	if n == 1 {
		return "the message"
	}
	return fmt.Sprintf("%d messages", n)
}
