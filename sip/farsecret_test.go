package sip_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"sync"
	"testing"

	"github.com/pion/srtp/v3"
)

// farSecret is SRTP of a far end, with AES_CM_128_HMAC_SHA1_80.
type farSecret struct {
	t   *testing.T
	key string // of what it sends

	mu      sync.Mutex
	tag     string // of the line that it takes
	peer    string // the other side's key
	in, out *srtp.Context
	garbled int // packets that were not encrypted for it
}

func newFarSecret(t *testing.T) *farSecret {
	t.Helper()
	s := &farSecret{t: t, tag: "1"}
	s.renew()
	return s
}

// renew takes another key for what it sends.
func (s *farSecret) renew() {
	b := make([]byte, 30)
	_, _ = rand.Read(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.out = base64.StdEncoding.EncodeToString(b), s.context(b)
}

func (s *farSecret) context(key []byte) *srtp.Context {
	c, err := srtp.CreateContext(key[:16], key[16:], srtp.ProtectionProfileAes128CmHmacSha1_80)
	if err != nil {
		s.t.Error(err)
	}
	return c
}

// line is its key in SDP.
func (s *farSecret) line() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("a=crypto:%s AES_CM_128_HMAC_SHA1_80 inline:%s\r\n", s.tag, s.key)
}

var farKey = regexp.MustCompile(`(?m)^a=crypto:(\d+) AES_CM_128_HMAC_SHA1_80 inline:([^|\r\n]+)`)

// heed learns the other side's key.
func (s *farSecret) heed(sdp []byte) {
	m := farKey.FindSubmatch(sdp)
	if m == nil {
		return
	}
	key, err := base64.StdEncoding.DecodeString(string(m[2]))
	if err != nil || len(key) != 30 {
		s.t.Errorf("key of %d bytes: %v", len(key), err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tag = string(m[1]); s.peer != string(m[2]) {
		s.peer, s.in = string(m[2]), s.context(key)
	}
}

// open decrypts what has come; nil: it was not for it.
func (s *farSecret) open(b []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in != nil {
		if plain, err := s.in.DecryptRTP(nil, b, nil); err == nil {
			return plain
		}
	}
	s.garbled++
	return nil
}

func (s *farSecret) seal(b []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	sealed, err := s.out.EncryptRTP(nil, b, nil)
	if err != nil {
		s.t.Error(err)
	}
	return sealed
}
