package twilio

import "crypto/rand"

// newToken makes a secret name that opens the door to this node once: 130 bits.
// Text is of capital letters and digits, which no SIP URI has to escape.
func newToken() string { return rand.Text() }
