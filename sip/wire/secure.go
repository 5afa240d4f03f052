package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Secure says how TLS (1.2 and up) proves who is who. The files are read again
// when they change, at the next connection. The zero value can connect to
// servers whose certificates the system's authorities have signed.
type Secure struct {
	Certificate   string // PEM file: ours, and what links it to an authority; needed to listen
	Key           string // PEM file of its key
	CA            string // PEM file of the authorities that are trusted, in place of the system's
	RequireClient bool   // those who connect must show a certificate that CA signed
}

// secrets are the files of Secure as they were read last.
type secrets struct {
	pair  *watched[*tls.Certificate] // nil: none
	roots *watched[*x509.CertPool]   // nil: the system's
	need  bool
}

// load reads the files of Secure once, so that mistakes are found at the start.
func (o Secure) load(log func(error)) (*secrets, error) {
	s := &secrets{need: o.RequireClient}
	if (o.Certificate == "") != (o.Key == "") {
		return nil, errors.New("tls: a certificate and its key are needed together")
	}
	if o.RequireClient && o.CA == "" {
		return nil, errors.New("tls: certificates of clients cannot be checked without a ca")
	}
	var err error
	if o.Certificate != "" {
		s.pair, err = watch([]string{o.Certificate, o.Key}, log, func() (*tls.Certificate, error) {
			pair, bad := tls.LoadX509KeyPair(o.Certificate, o.Key)
			return &pair, bad
		})
		if err != nil {
			return nil, fmt.Errorf("tls certificate %s: %w", o.Certificate, err)
		}
	}
	if o.CA != "" {
		s.roots, err = watch([]string{o.CA}, log, func() (*x509.CertPool, error) { return readRoots(o.CA) })
		if err != nil {
			return nil, fmt.Errorf("tls ca %s: %w", o.CA, err)
		}
	}
	return s, nil
}

func readRoots(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate is in it")
	}
	return pool, nil
}

// authorities are those that are trusted; nil is the system's.
func (s *secrets) authorities() *x509.CertPool {
	if s.roots == nil {
		return nil
	}
	return s.roots.get()
}

// server is how we are connected to.
func (s *secrets) server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*s.pair.get()}}
			if s.need {
				c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, s.authorities()
			}
			return c, nil
		},
	}
}

// client is how we connect to the machine of the name given.
func (s *secrets) client(name string) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: name,
		// The usual check knows no SIP domain certificates; VerifyConnection makes up for it.
		InsecureSkipVerify: true, //nolint:gosec // see above
		VerifyConnection: func(cs tls.ConnectionState) error {
			return verify(cs.PeerCertificates, s.authorities(), name, time.Now())
		},
	}
	if s.pair != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.pair.get(), nil }
	}
	return c
}

// verify checks the certificate of a server: that an authority stands for it,
// that it is of today, and of the name wanted.
func verify(chain []*x509.Certificate, roots *x509.CertPool, name string, now time.Time) error {
	if len(chain) == 0 {
		return errors.New("no certificate was shown")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	leaf := chain[0]
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return fmt.Errorf("certificate is valid from %s to %s only", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now})
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("no authority that we trust has signed the certificate of %s (issued by %q)", name, leaf.Issuer.CommonName)
	case err != nil:
		return fmt.Errorf("certificate of %s: %w", name, err)
	case !isFor(leaf, name):
		return fmt.Errorf("certificate is for %s, not for %s", strings.Join(identities(leaf), ", "), name)
	}
	return nil
}

// isFor tells whether a certificate belongs to a host or SIP domain (RFC 5922
// section 7.1): by a URI sip:domain, else by a DNS name or address.
func isFor(c *x509.Certificate, name string) bool {
	for _, domain := range sipDomains(c) {
		if strings.EqualFold(domain, name) {
			return true
		}
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		name = "[" + ip.String() + "]"
	}
	return c.VerifyHostname(name) == nil
}

// sipDomains are the URIs of a certificate that name a whole domain.
func sipDomains(c *x509.Certificate) (domains []string) {
	for _, u := range c.URIs {
		var uri sipmsg.Uri
		if err := sipmsg.ParseUri(u.String(), &uri); err == nil && uri.Scheme == "sip" && uri.User == "" {
			domains = append(domains, uri.Host)
		}
	}
	return domains
}

// identities are what a certificate is for, to be told to people.
func identities(c *x509.Certificate) []string {
	names := append(sipDomains(c), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return []string{"nobody (it has no subject alternative name)"}
	}
	return names
}

// secureOut makes TLS of a connection that we have made.
func (w *Wire) secureOut(ctx context.Context, conn net.Conn, name string) (net.Conn, error) {
	c := tls.Client(conn, w.secrets.client(name))
	if err := c.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}

// secureIn makes TLS of a connection that somebody else has made.
func (w *Wire) secureIn(ctx context.Context, conn net.Conn) (net.Conn, error) {
	ctx, stop := w.limited(ctx, w.opt.Limits.Start)
	defer stop()
	c := tls.Server(conn, w.secrets.server())
	if err := c.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}

// serves tells whether a connection is to the machine of the name wanted; an
// empty one is content with any.
func (s *stream) serves(name string) bool {
	if name == "" || name == s.name || s.transport != "TLS" {
		return true
	}
	c, ok := s.Conn.(*tls.Conn)
	if !ok || !s.dialed {
		return false
	}
	chain := c.ConnectionState().PeerCertificates
	return len(chain) > 0 && isFor(chain[0], name)
}
