package main

import (
	"fmt"

	"careline/ivr"
	"careline/store"
)

// muteText says that texts of a flow cannot be said; empty: all can.
func (c config) muteText(file string, text []byte) (string, error) {
	f, err := ivr.Parse(file, text)
	if err != nil {
		return "", err
	}
	library, err := c.openSpeech()
	if err != nil {
		return "", err
	}
	mute := unspoken(file, text, f, library)
	switch len(mute) {
	case 0:
		return "", nil
	case 1:
		return fmt.Sprintf("one text of flow %s has no recording, and an apology is heard in its place", f.Name()), nil
	default:
		return fmt.Sprintf("%d texts of flow %s have no recording, and an apology is heard in their place", len(mute), f.Name()), nil
	}
}

// renderAdvice is what to do about texts that cannot be said.
const renderAdvice = "careline prompts render FLOW-FILE --out DIRECTORY, and name the directory under prompts"

// warnOfMute tells before anybody is called that they would hear an apology.
func (c config) warnOfMute(a *app, s *store.Store, flow string) error {
	name, text, err := s.FlowText(a.ctx, flow)
	if err != nil {
		return err
	}
	mute, err := c.muteText(name, text)
	if err == nil && mute != "" {
		fmt.Fprintf(a.out, "Warning: %s. First: %s\n", mute, renderAdvice)
	}
	return err
}
