package wire

import (
	"context"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Request begins a transaction; an error means that nothing was sent, also when
// ctx ended while the host was looked up. Once the sockets are closed sipgo
// would open new ones, so it is not asked any more.
func (w *Wire) Request(ctx context.Context, req *sipmsg.Request) (tx *sipmsg.ClientTx, err error) {
	err = w.reach(ctx, req, func() (err error) {
		tx, err = w.ua.TransactionLayer().Request(ctx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	if w.crew.isShut() { // meanwhile
		tx.Terminate()
		_ = w.ua.TransportLayer().Close()
	}
	return tx, nil
}

// Send sends a request without a transaction: an ACK.
func (w *Wire) Send(ctx context.Context, req *sipmsg.Request) {
	err := w.reach(ctx, req, func() error { return w.ua.TransportLayer().WriteMsg(req) })
	if err != nil && !w.crew.isShut() {
		w.log.WarnContext(ctx, "ack not sent", "call_id", req.CallID().Value(), "err", err)
	}
}
