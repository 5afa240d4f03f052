package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// op is a write that somebody on a call waits for. It is plain data, so that
// the journal can take it, and repeating it changes nothing.
type op interface {
	// kind names it in the journal.
	kind() string
	// apply writes it. late tells that it was accepted long ago, so that it
	// can be neither refused nor asked for again.
	apply(ctx context.Context, s *Store, tx *txn, late bool) error
}

// newOp makes an empty op of each kind, to be read into.
var newOp = map[string]func() op{
	openCall{}.kind():     func() op { return &openCall{} },
	commitStep{}.kind():   func() op { return &commitStep{} },
	closeCall{}.kind():    func() op { return &closeCall{} },
	markAttempt{}.kind():  func() op { return &markAttempt{} },
	endAttempt{}.kind():   func() op { return &endAttempt{} },
	voidAttempt{}.kind():  func() op { return &voidAttempt{} },
	saveTalk{}.kind():     func() op { return &saveTalk{} },
	saveAgent{}.kind():    func() op { return &saveAgent{} },
	noteCallback{}.kind(): func() op { return &noteCallback{} },
}

// envelope is an op as the journal holds it.
type envelope struct {
	Kind string          `json:"kind"`
	Op   json.RawMessage `json:"op"`
}

func encodeOp(o op) ([]byte, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("write %s as JSON: %w", o.kind(), err)
	}
	return json.Marshal(envelope{Kind: o.kind(), Op: body})
}

func decodeOp(entry []byte) (op, error) {
	var e envelope
	if err := json.Unmarshal(entry, &e); err != nil {
		return nil, fmt.Errorf("read an entry of the journal: %w", err)
	}
	empty, known := newOp[e.Kind]
	if !known {
		return nil, fmt.Errorf("read an entry of the journal: kind %q is not known to this version", e.Kind)
	}
	o := empty()
	if err := json.Unmarshal(e.Op, o); err != nil {
		return nil, fmt.Errorf("read %s of the journal: %w", e.Kind, err)
	}
	return o, nil
}
