package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
)

// Knock connects to a machine by TCP, and by TLS where it is one of TLS, and
// hangs up. It returns the machine's certificate with TLS, also where that is
// not good enough.
func (w *Wire) Knock(ctx context.Context, h Hop) (*x509.Certificate, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", h.Addr.String())
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if h.Transport != "TLS" {
		return nil, nil //nolint:nilnil // TCP has no certificate
	}
	c := tls.Client(conn, w.secrets.client(h.Name))
	err = c.HandshakeContext(ctx)
	var leaf *x509.Certificate
	if chain := c.ConnectionState().PeerCertificates; len(chain) > 0 {
		leaf = chain[0]
	}
	if err != nil {
		return leaf, fmt.Errorf("tls: %w", err)
	}
	return leaf, nil
}
