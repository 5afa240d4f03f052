package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// certificate writes a certificate for an address, its key, and the authority
// that signed it, and returns the three files.
func (h *house) certificate(host string) (cert, key, ca string) {
	h.Helper()
	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of the test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	service := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP(host)}, DNSNames: []string{host}, // which some TLS libraries compare an address with
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signer, own := h.key(), h.key()
	root := h.signed(authority, authority, &signer.PublicKey, signer)
	leaf := h.signed(service, authority, &own.PublicKey, signer)
	bytes, err := x509.MarshalECPrivateKey(own)
	if err != nil {
		h.Fatal(err)
	}
	return h.pem("service.pem", "CERTIFICATE", leaf), h.pem("service.key", "EC PRIVATE KEY", bytes), h.pem("ca.pem", "CERTIFICATE", root)
}

func (h *house) key() *ecdsa.PrivateKey {
	h.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	return k
}

func (h *house) signed(cert, by *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) []byte {
	h.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, by, pub, key)
	if err != nil {
		h.Fatal(err)
	}
	return der
}

func (h *house) pem(name, kind string, bytes []byte) string {
	h.Helper()
	return h.write(name, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})))
}

// secured opens the service with a listener for TLS, at port 5061 of the host that
// is returned, and returns the authority of its certificate.
func (h *house) secured(srtp string) (host, ca string) {
	h.Helper()
	host, _, _ = net.SplitHostPort(h.service)
	cert, key, ca := h.certificate(host)
	h.config = h.changed("secure.yaml", "sip: {", fmt.Sprintf(
		"sip: {phones_srtp: %s, tls: {listen: %q, certificate: %q, key: %q}, ", srtp, host+":5061", cert, key))
	h.open()
	return host, ca
}

// A softphone of others is an agent's phone over TCP, and over TLS with its sound
// encrypted: it checks our certificate, registers, is rung on the connection that
// it has opened, and both sides are heard.
func TestBaresipByStream(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, account, srtp string }{
		{"tcp", ";transport=tcp", "off"},
		{"tls", ";transport=tls", "optional"},
		{"tls+srtp", ";transport=tls", "required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			caller := ownIP()
			h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}, record: true})
			host, ca := h.secured(tt.srtp)
			account := "<sip:lina@" + h.service + tt.account + ">;auth_pass=lina-secret;regint=60"
			more := []string{}
			if strings.HasPrefix(tt.name, "tls") {
				account = "<sip:lina@" + host + ":5061" + tt.account + ">;auth_pass=lina-secret;regint=60"
				more = append(more, "sip_cafile "+ca, "sip_verify_server yes")
			}
			if tt.srtp == "required" {
				account += ";mediaenc=srtp-mand"
				more = append(more, "module srtp.so")
			}
			phone := h.softphone("phone-lina", ownIP()+":5070", account, more...)
			h.ready(phone, "lina")
			c := h.vip(caller)
			await(t, generous, "the caller to hear the agent for 2 s", func() bool {
				total, _ := tones(c.hears(), softphoneVoice)
				return total > 2*time.Second
			})
			c.hangUp()
			phone.over(2)
			if total, _ := tones(phone.heard(), plainVoice); total < time.Second {
				t.Errorf("the agent heard the caller for %v; want 2 s", total)
			}
			if tt.srtp == "required" && !strings.Contains(phone.printed(), "srtp") {
				t.Errorf("nothing says that the sound was encrypted: %s", phone.printed())
			}
		})
	}
}
