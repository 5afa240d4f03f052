package dialog

import (
	"context"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Credentials answer a digest challenge.
type Credentials struct {
	User     string
	Password string
}

// transact sends a request other than INVITE, answers challenges, and returns
// the final response.
func (e *Endpoint) transact(ctx context.Context, req *sipmsg.Request, cred Credentials) (*sipmsg.Response, error) {
	var tries rounds
	for {
		res, err := e.exchange(ctx, req)
		if err != nil {
			return nil, err
		}
		again := tries.next(req, res, cred)
		if again == nil {
			return res, nil
		}
		e.via(again, "")
		req = again
	}
}

// exchange is one transaction. It goes on by itself when ctx ends first, as the
// peer shall have the request all the same.
func (e *Endpoint) exchange(ctx context.Context, req *sipmsg.Request) (*sipmsg.Response, error) {
	tx, err := e.start(context.WithoutCancel(ctx), req)
	if err != nil {
		return nil, err
	}
	return e.final(ctx, tx)
}

// final waits for the final response of a transaction.
func (e *Endpoint) final(ctx context.Context, tx *sipmsg.ClientTx) (*sipmsg.Response, error) {
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				tx.Terminate()
				e.wire.Judge(tx.Origin(), res)
				return res, nil
			}
		case <-tx.Done():
			e.wire.Judge(tx.Origin(), nil)
			return nil, fmt.Errorf("%w: %w", ErrNoResponse, tx.Err())
		case <-ctx.Done():
			if !e.wire.Go(func() { drain(tx) }) {
				tx.Terminate()
			}
			return nil, fmt.Errorf("await response: %w", context.Cause(ctx))
		}
	}
}

// start begins a transaction; an error means that nothing was sent, also when
// ctx ended while the host was looked up.
func (e *Endpoint) start(ctx context.Context, req *sipmsg.Request) (*sipmsg.ClientTx, error) {
	tx, err := e.wire.Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	return tx, nil
}

// drain reads responses until the transaction is over, as it would stand still
// otherwise.
func drain(tx sipmsg.ClientTransaction) {
	for {
		select {
		case <-tx.Responses():
		case <-tx.Done():
			return
		}
	}
}
