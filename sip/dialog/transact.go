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
				e.judge(tx.Origin(), res)
				return res, nil
			}
		case <-tx.Done():
			e.judge(tx.Origin(), nil)
			return nil, fmt.Errorf("%w: %w", ErrNoResponse, tx.Err())
		case <-ctx.Done():
			if !e.crew.send(func() { drain(tx) }) {
				tx.Terminate()
			}
			return nil, fmt.Errorf("await response: %w", context.Cause(ctx))
		}
	}
}

// start begins a transaction; an error means that nothing was sent, also when
// ctx ended while the host was looked up. Once the sockets are closed sipgo
// would open new ones, so it is not asked any more.
func (e *Endpoint) start(ctx context.Context, req *sipmsg.Request) (tx *sipmsg.ClientTx, err error) {
	err = e.reach(ctx, req, func() (err error) {
		tx, err = e.ua.TransactionLayer().Request(ctx, req)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	if e.crew.isShut() { // meanwhile
		tx.Terminate()
		_ = e.ua.TransportLayer().Close()
	}
	return tx, nil
}

// write sends a request without a transaction: an ACK.
func (e *Endpoint) write(ctx context.Context, req *sipmsg.Request) {
	err := e.reach(ctx, req, func() error { return e.ua.TransportLayer().WriteMsg(req) })
	if err != nil && !e.crew.isShut() {
		e.log.WarnContext(ctx, "ack not sent", "call_id", req.CallID().Value(), "err", err)
	}
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
