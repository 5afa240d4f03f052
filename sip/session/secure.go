package session

import (
	"fmt"
	"sync"

	"github.com/pion/srtp/v3"

	"careline/sip/rtp"
	"careline/sip/sdp"
)

// The windows within which a packet that came before is known again (RFC 3711
// section 3.3.2), in packets.
const (
	replayWindow        = 128
	controlReplayWindow = 64
)

// profiles are pion's names of the suites.
var profiles = map[sdp.Suite]srtp.ProtectionProfile{
	sdp.AES128SHA80: srtp.ProtectionProfileAes128CmHmacSha1_80,
	sdp.AES128SHA32: srtp.ProtectionProfileAes128CmHmacSha1_32,
	sdp.AES256SHA80: srtp.ProtectionProfileAes256CmHmacSha1_80,
	sdp.AES256SHA32: srtp.ProtectionProfileAes256CmHmacSha1_32,
	sdp.AES128GCM:   srtp.ProtectionProfileAeadAes128Gcm,
	sdp.AES256GCM:   srtp.ProtectionProfileAeadAes256Gcm,
}

// cipher encrypts what is sent, or decrypts what is received, with one key. It
// lasts as long as the key: with the same key again its counters go on.
type cipher struct {
	crypto sdp.Crypto

	mu     sync.Mutex
	ctx    *srtp.Context
	header rtp.Header
}

// newCipher makes the cipher of a key.
func newCipher(c sdp.Crypto) (*cipher, error) {
	size, salt := c.Suite.KeySize()
	if size == 0 || len(c.Key) != size+salt {
		return nil, fmt.Errorf("a key of %d bytes for %q", len(c.Key), c.Suite)
	}
	key := []byte(c.Key)
	ctx, err := srtp.CreateContext(key[:size], key[size:], profiles[c.Suite],
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(controlReplayWindow), srtp.MasterKeyIndicator([]byte(c.MKI)))
	if err != nil {
		return nil, fmt.Errorf("set up %s: %w", c.Suite, err)
	}
	return &cipher{crypto: c, ctx: ctx}, nil
}

// keyed is the cipher of a key: the one that is in force, if the key is the same;
// nil without a key.
func keyed(c sdp.Crypto, inForce *cipher) (*cipher, error) {
	if c.Suite == "" {
		return nil, nil //nolint:nilnil // nil is plain sound, which is no error
	}
	if inForce != nil && inForce.crypto.Suite == c.Suite && inForce.crypto.Key == c.Key && inForce.crypto.MKI == c.MKI {
		return inForce, nil
	}
	return newCipher(c)
}

// seal encrypts a packet in its place, where its buffer has room.
func (c *cipher) seal(pkt []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx.EncryptRTP(pkt, pkt, &c.header)
}

// open decrypts a packet into dst, if it is authentic and new.
func (c *cipher) open(dst, pkt []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx.DecryptRTP(dst, pkt, &c.header)
}

func (c *cipher) sealControl(pkt []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx.EncryptRTCP(nil, pkt, nil)
}

func (c *cipher) openControl(pkt []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx.DecryptRTCP(nil, pkt, nil)
}

// secure sets up the ciphers of a peer. One whose sound may not be plain, and
// would be, is neither heard nor sent to.
func (s *Session) secure(p, old *peer) {
	var was peer
	if old != nil {
		was = peer{seal: old.seal, open: old.open}
	}
	var err error
	if p.seal, err = keyed(p.Local, was.seal); err == nil {
		p.open, err = keyed(p.Peer, was.open)
	}
	switch {
	case err != nil:
		s.opt.Log.Error("sound not encrypted, so there is none", "port", s.port, "err", err)
		p.shut = true
	case (p.seal == nil || p.open == nil) && (s.opt.Secure || p.seal != p.open):
		s.opt.Log.Error("sound that may not be plain has no key, so there is none", "port", s.port)
		p.shut = true
	}
	if p.open != was.open {
		p.former = was.open
	}
}

// unseal decrypts what was received. Until the first packet with a new key what
// was sent with the old one is on its way.
func (s *Session) unseal(p *peer, b []byte) ([]byte, bool) {
	if p.open == nil {
		return b, true
	}
	plain, err := p.open.open(s.in.plain[:0], b)
	if err == nil {
		s.in.rekeyed = p
		return plain, true
	}
	if p.former == nil || s.in.rekeyed == p {
		return nil, false
	}
	plain, err = p.former.open(s.in.plain[:0], b)
	return plain, err == nil
}
