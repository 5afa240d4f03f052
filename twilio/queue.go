package twilio

import (
	"context"
	"errors"
	"net/http"
)

// errUnbuilt is returned by what does not stand yet.
var errUnbuilt = errors.New("not built yet")

// enqueue takes a caller who has come to the node that runs the queues.
func (c *Carrier) enqueue(_ context.Context, _ *request) reply {
	return status(http.StatusNotImplemented, errUnbuilt.Error())
}

// wait answers a caller who waits.
func (c *Carrier) wait(_ context.Context, _ *request) reply {
	return status(http.StatusNotImplemented, errUnbuilt.Error())
}
