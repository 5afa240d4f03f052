package sdp

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Security is whether sound is encrypted (SRTP, with keys by RFC 4568).
type Security string

// Whether sound is encrypted. The empty one means Off.
const (
	Off      Security = "off"
	Optional Security = "optional" // where the other side does it too
	Required Security = "required" // or there is no call
)

// ParseSecurity reads off, optional or required; nothing means off.
func ParseSecurity(s string) (Security, error) {
	switch sec := Security(s); sec {
	case "":
		return Off, nil
	case Off, Optional, Required:
		return sec, nil
	default:
		return "", fmt.Errorf("%q is none of off, optional, required", s)
	}
}

// ways are the kinds of sound that may be agreed on, encrypted or not, in order
// of preference.
func (s Security) ways() []bool {
	switch s {
	case Required:
		return []bool{true}
	case Optional:
		return []bool{true, false}
	default:
		return []bool{false}
	}
}

// Suite is a way to encrypt, by its name in a=crypto.
type Suite string

// The suites that are known (RFC 4568, 6188, 7714).
const (
	AES128SHA80 Suite = "AES_CM_128_HMAC_SHA1_80"
	AES128SHA32 Suite = "AES_CM_128_HMAC_SHA1_32"
	AES256SHA80 Suite = "AES_256_CM_HMAC_SHA1_80"
	AES256SHA32 Suite = "AES_256_CM_HMAC_SHA1_32"
	AES128GCM   Suite = "AEAD_AES_128_GCM"
	AES256GCM   Suite = "AEAD_AES_256_GCM"
)

// Suites are all suites. The first offered of them are offered: the one that
// every peer has comes first, as some look at the first alone.
func Suites() []Suite {
	return []Suite{AES128SHA80, AES256GCM, AES128SHA32, AES256SHA80, AES256SHA32, AES128GCM}
}

// offered is how many suites an offer names, as each makes an INVITE longer.
const offered = 3

// KeySize is the size of the suite's master key and of its salt, in bytes; 0, 0
// for one that is not known.
func (s Suite) KeySize() (key, salt int) {
	switch s {
	case AES128SHA80, AES128SHA32:
		return 16, 14
	case AES256SHA80, AES256SHA32:
		return 32, 14
	case AES128GCM:
		return 16, 12
	case AES256GCM:
		return 32, 12
	default:
		return 0, 0
	}
}

// Crypto is an a=crypto line: the key of what its author sends.
type Crypto struct {
	Tag   string // digits; an answer repeats that of the line it takes
	Suite Suite  // empty: nothing is encrypted
	Key   Secret // master key and salt
	MKI   string // the bytes that name the key in each packet; often none
}

// The limits of a=crypto lines.
const (
	maxCrypto = 16 // of one m= line
	maxTag    = 9  // digits
	maxMKI    = 8  // bytes
)

// parseCrypto reads "1 AES_CM_128_HMAC_SHA1_80 inline:key|2^20|1:4". It reports
// false for a line that this side cannot do, or that cannot be read: the other
// lines count. How long the key may be used is for its author to heed.
func parseCrypto(value string) (Crypto, bool) {
	f := strings.Fields(value)
	if len(f) < 3 || len(f[0]) > maxTag || strings.Trim(f[0], "0123456789") != "" || !harmless(f[3:]) {
		return Crypto{}, false
	}
	c := Crypto{Tag: f[0], Suite: Suite(strings.ToUpper(f[1]))}
	method, rest, _ := strings.Cut(f[2], ":")
	key, salt := c.Suite.KeySize()
	if key == 0 || !strings.EqualFold(method, "inline") || strings.Contains(rest, ";") {
		return Crypto{}, false
	}
	parts := strings.Split(rest, "|")
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	if err != nil || len(b) != key+salt {
		return Crypto{}, false
	}
	c.Key = Secret(b)
	return c, c.identify(parts[1:])
}

// harmless tells whether the parameters of a session change nothing that must be
// known. WSH is a hint (RFC 4568 section 6.3.7), and one that begins with "-" may
// be passed over.
func harmless(parameters []string) bool {
	return !slices.ContainsFunc(parameters, func(p string) bool {
		return !strings.HasPrefix(p, "-") && !strings.HasPrefix(strings.ToUpper(p), "WSH=")
	})
}

// identify reads lifetime and MKI, "2^20" and "1:4". False: it cannot be read.
func (c *Crypto) identify(parts []string) bool {
	for _, p := range parts {
		value, size, isMKI := strings.Cut(p, ":")
		if !isMKI {
			continue
		}
		v, err1 := strconv.ParseUint(value, 10, 64)
		n, err2 := strconv.Atoi(size)
		if err1 != nil || err2 != nil || n < 1 || n > maxMKI || n < maxMKI && v>>(8*n) != 0 {
			return false
		}
		c.MKI = string(binary.BigEndian.AppendUint64(nil, v)[maxMKI-n:])
	}
	return true
}

func (c Crypto) marshal(b *bytes.Buffer) {
	fmt.Fprintf(b, "a=crypto:%s %s inline:%s", c.Tag, c.Suite, base64.StdEncoding.EncodeToString([]byte(c.Key)))
	if n := len(c.MKI); n > 0 {
		var wide [maxMKI]byte
		copy(wide[maxMKI-n:], c.MKI)
		fmt.Fprintf(b, "|%d:%d", binary.BigEndian.Uint64(wide[:]), n)
	}
	b.WriteString("\r\n")
}

// encrypted tells whether sound on the m= line is encrypted by its protocol. On
// RTP/AVP it may be, where both sides name keys.
func (m Media) encrypted() bool { return m.Proto == "RTP/SAVP" || m.Proto == "RTP/SAVPF" }

// plain tells whether sound on the m= line may be plain.
func (m Media) plain() bool { return m.Proto == "RTP/AVP" || m.Proto == "RTP/AVPF" }

// keyed finds the first of the other side's keys whose suite is one of ours, and
// ours to it.
func (m Media) keyed(ours []Crypto) (local, peer Crypto, ok bool) {
	for _, c := range m.Crypto {
		i := slices.IndexFunc(ours, func(o Crypto) bool { return o.Suite == c.Suite })
		if i >= 0 {
			local = ours[i]
			local.Tag = c.Tag
			return local, c, true
		}
	}
	return Crypto{}, Crypto{}, false
}

// taken finds the key that an answer gives, and the one that it takes of those
// that were offered.
func (m Media) taken(ours []Crypto) (local, peer Crypto, ok bool) {
	for _, c := range m.Crypto {
		i := slices.IndexFunc(ours, func(o Crypto) bool { return o.Suite == c.Suite && o.Tag == c.Tag })
		if i >= 0 {
			return ours[i], c, true
		}
	}
	return Crypto{}, Crypto{}, false
}
