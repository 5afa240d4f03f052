package twin

import (
	"context"
	"net/http"
)

type courier struct{}
type waiting struct{}
type detection struct{}
type exchange struct{}
type cached struct{}
type arriving struct{}

func (t *Twin) take(ctx context.Context, a Arrival)              {}
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// Run waits until ctx ends.
func (s *Scripts) Run(ctx context.Context, take func(ctx context.Context, a Arrival)) error {
	<-ctx.Done()
	return nil
}

// Dial calls somebody.
func (s *Scripts) Dial(ctx context.Context, d Dialing) (Party, error) {
	return nil, &Unanswered{Status: 404, Text: "Not Found"}
}

// Call lets the person behind a number call one of the twin's, and returns when
// the call is over.
func (s *Scripts) Call(ctx context.Context, from, to string, sc Script) error { return nil }
