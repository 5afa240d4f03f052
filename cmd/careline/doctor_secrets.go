package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// leastPassword is how long a phone's password should be: strangers on the
// network may try, if slowly.
const (
	leastPassword = 12
	tooShort      = 8
)

// common are passwords that are tried first.
var common = []string{"password", "secret", "passw0rd", "letmein", "welcome", "qwerty", "admin", "careline", "changeme", "asterisk", "phone", "test"}

// secrets looks at passwords and at who can read them.
func (d *doctor) secrets() {
	written := false
	for i, a := range d.cfg.Agents {
		if a.Outside() {
			continue
		}
		where := fmt.Sprintf("agents[%d].password", i)
		written = written || !a.Password.refers()
		d.readable(where, a.Password)
		p, err := a.Password.reveal()
		switch weak := weakness(a.Name, p); {
		case err != nil:
			d.bad("passwords", where+": "+err.Error(), "")
		case weak != "":
			d.bad("passwords", fmt.Sprintf("%s of %s %s", where, a.Name, weak),
				"who guesses it takes the agent's calls: give the phone a random one, as by: openssl rand -base64 18")
		case len(p) < leastPassword:
			d.note("passwords", fmt.Sprintf("%s of %s is shorter than %d characters", where, a.Name, leastPassword), "give the phone a longer one")
		}
	}
	for i, t := range d.cfg.Trunks {
		for _, s := range t.secrets() {
			where := fmt.Sprintf("trunks[%d].%s", i, s.key)
			written = written || s.is != "" && !s.is.refers()
			d.readable(where, s.is)
			if _, err := s.is.reveal(); err != nil {
				d.bad("passwords", where+": "+err.Error(), "")
			}
		}
	}
	if written && d.file != "" {
		d.private("configuration", d.file, "holds passwords")
	}
}

// keySecret is a secret and its key.
type keySecret struct {
	key string
	is  secret
}

// secrets are those of a trunk.
func (t trunkConfig) secrets() []keySecret {
	return []keySecret{{"password", t.Password}, {"auth_token", t.AuthToken}, {"api_secret", t.APISecret}}
}

// weakness says why a password is easily guessed; empty if it is not.
func weakness(name, password string) string {
	lower := strings.ToLower(password)
	switch {
	case strings.HasPrefix(lower, "change-me"):
		return "is the example's"
	case strings.Contains(lower, strings.ToLower(name)):
		return "has the agent's name in it"
	case slices.Contains(common, strings.TrimRight(lower, "0123456789!")):
		return "is one that is tried first"
	case len(password) < tooShort:
		return fmt.Sprintf("is shorter than %d characters", tooShort)
	case strings.Trim(password, password[:1]) == "", strings.Trim(password, "0123456789") == "":
		return "is of digits alone, or of one character"
	}
	return ""
}

// refers tells whether the password stands elsewhere.
func (s secret) refers() bool {
	return strings.HasPrefix(string(s), "env:") || strings.HasPrefix(string(s), "file:")
}

// readable looks at the file that a password stands in.
func (d *doctor) readable(where string, s secret) {
	if path, ok := strings.CutPrefix(string(s), "file:"); ok {
		d.private(where, path, "is a password")
	}
}

// private finds fault with a file that everybody may read.
func (d *doctor) private(step, path, what string) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o007 == 0 {
		return
	}
	d.bad(step, fmt.Sprintf("%s %s, and everybody on this machine may read it (%s)", abs(path), what, info.Mode().Perm()), "chmod o= "+abs(path))
}
