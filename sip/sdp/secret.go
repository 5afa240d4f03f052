package sdp

// Secret is a key, as bytes. It shows in no log and no error; Marshal alone
// writes it.
type Secret string

// String hides it.
func (Secret) String() string { return "***" }

// GoString hides it.
func (Secret) GoString() string { return "***" }

// MarshalText hides it, as in a log of JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }
