package call

import (
	"net/netip"
	"time"
)

// Expected is one leg that another network has been asked to send to this node,
// for a caller whom it parks.
type Expected struct {
	Secret string         // the name that the leg calls, which nobody else can know; it opens the door once
	From   []netip.Prefix // where the leg may come from; nowhere else
	Within time.Duration  // it has to come in this time
	Serves string         // the call that it is for
	Info   Info           // of the leg
}
