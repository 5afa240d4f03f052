package call

import (
	"context"

	"careline/phone"
)

// Mover is a leg that can be transferred, as those of SIP can.
type Mover interface {
	// Music plays the named clip over and over until Join.
	Music(name string)
	// Referrals are the transfers that the far end asks for. Whoever has joined
	// the leg is to decide about each.
	Referrals() <-chan *Referral
	// Refer asks the far end's network to call number in our place. Nil says that
	// the far end has gone there, or goes; ErrNoRefer that its network takes no
	// transfers; a *Failure that the number could not be reached. After an error
	// the leg is as it was.
	Refer(ctx context.Context, number phone.Number) error
	// HandTo asks the far end's network to connect it with the far end of other,
	// so that both calls leave this node (an attended transfer). It answers as
	// Refer does; ErrNoRefer also where the two come by different networks.
	HandTo(ctx context.Context, other Leg) error
}

// Referral is a transfer that the far end of a leg asks for: by Accept and Done,
// or by Refuse, exactly once.
type Referral struct {
	To    string // the number, extension or name that was asked for
	Other string // the far end's other call, of an attended transfer; empty of a blind one

	Accept func(ctx context.Context)
	Refuse func(ctx context.Context, r Rejection)
	Done   func(ctx context.Context, err error) // nil when it was reached, else a *Failure
}
