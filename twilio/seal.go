package twilio

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// errSeal is the cause of every refusal of what we have not written ourselves.
var errSeal = errors.New("it is not ours")

// seal closes texts that are put into URLs, so that no proxy's log tells what
// a caller has pressed or is told, and nobody can make one up. One text has one
// seal, at every node that has the same token, so that what is fetched by such a
// URL can be kept by whoever fetches it.
type seal struct {
	mac  []byte
	aead cipher.AEAD
}

// newSeal makes the seal of an account's token.
func newSeal(token string) (seal, error) {
	block, err := aes.NewCipher(derive(token, "careline seal"))
	if err != nil {
		return seal{}, err
	}
	aead, err := cipher.NewGCM(block)
	return seal{mac: derive(token, "careline mark"), aead: aead}, err
}

// derive makes a key for a purpose.
func derive(token, purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// close seals a text for a purpose.
func (s seal) close(purpose string, text []byte) string {
	mark := s.sum(purpose, text)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(mark, mark, text, []byte(purpose)))
}

// open reads what close has sealed for the same purpose.
func (s seal) open(purpose, sealed string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(b) < s.aead.NonceSize() {
		return nil, errSeal
	}
	n := s.aead.NonceSize()
	text, err := s.aead.Open(nil, b[:n], b[n:], []byte(purpose))
	if err != nil {
		return nil, errSeal
	}
	return text, nil
}

// sign marks a text, so that nobody can make one up.
func (s seal) sign(text string) string {
	return base64.RawURLEncoding.EncodeToString(s.sum("sign", []byte(text))[:16])
}

// is tells whether a mark is the text's.
func (s seal) is(mark, text string) bool { return hmac.Equal([]byte(mark), []byte(s.sign(text))) }

func (s seal) sum(purpose string, text []byte) []byte {
	mac := hmac.New(sha256.New, s.mac)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write(text)
	return mac.Sum(nil)
}
