package wiretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/sip/wire"
)

// Authority signs certificates for a test. Its own is the file ca.crt in Dir.
type Authority struct {
	Dir string

	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority for the length of a test.
func NewAuthority(t *testing.T) *Authority {
	t.Helper()
	a := &Authority{t: t, Dir: t.TempDir()}
	tmpl := template("careline test authority")
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert = tmpl
	var der []byte
	der, a.key = a.sign(tmpl, nil)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.cert = cert
	a.write("ca.crt", "CERTIFICATE", der)
	return a
}

func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<60))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func (a *Authority) sign(tmpl *x509.Certificate, by *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if by == nil {
		by = key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	return der, key
}

func (a *Authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	file := filepath.Join(a.Dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return file
}

// Issue writes a certificate and its key, and returns how they are used. A name
// is a DNS name, an address, or sip:domain.
func (a *Authority) Issue(file string, names []string, change func(*x509.Certificate)) wire.Secure {
	a.t.Helper()
	tmpl := template("nobody looks here")
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else if domain, ok := strings.CutPrefix(name, "sip:"); ok {
			tmpl.URIs = append(tmpl.URIs, &url.URL{Scheme: "sip", Opaque: domain})
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, name)
		}
	}
	if change != nil {
		change(tmpl)
	}
	der, key := a.sign(tmpl, a.key)
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return wire.Secure{
		Certificate: a.write(file+".crt", "CERTIFICATE", der), Key: a.write(file+".key", "EC PRIVATE KEY", secret),
		CA: filepath.Join(a.Dir, "ca.crt"),
	}
}

// Pair loads a certificate that was issued, with its key.
func (a *Authority) Pair(s wire.Secure) tls.Certificate {
	a.t.Helper()
	pair, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pair
}

// Pool has the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}
