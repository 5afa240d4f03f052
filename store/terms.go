package store

import (
	"encoding/json"
	"fmt"
	"time"

	"careline/campaigns"
)

// terms are a campaign's definition and what it asks, worked out once.
type terms struct {
	text       string // of the definition that it was made of
	definition campaigns.Definition
	campaigns.Terms
	amiss    string        // why Terms could not be worked out
	memory   time.Duration // how long ago a call may be and still matter
	rest     time.Duration // the same of one that was abandoned
	consents bool          // what was consented to matters
}

// termsOf returns what is known of a campaign's terms; they are empty at first.
func (s *Store) termsOf(id campaigns.ID) terms {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.terms[id]
}

// workOut works out the terms of a definition and keeps them.
func (s *Store) workOut(id campaigns.ID, text string) (terms, error) {
	t := terms{text: text}
	if err := json.Unmarshal([]byte(text), &t.definition); err != nil {
		return t, fmt.Errorf("read the definition of campaign %s: %w", id, err)
	}
	var err error
	if t.Terms, err = t.definition.Terms(s.o.Calendars); err != nil {
		t.amiss = err.Error()
	}
	t.memory, t.rest = t.Memory(), t.Rest()
	t.consents = len(t.Consent) > 0
	for _, f := range t.Most {
		t.consents = t.consents || f.UnlessConsent
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.terms[id] = t
	return t, nil
}
