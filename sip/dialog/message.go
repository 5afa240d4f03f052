package dialog

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// tagOf returns the tag of a From or To, or "".
func tagOf(p sipmsg.HeaderParams) string {
	for _, kv := range p {
		if strings.EqualFold(strings.TrimSpace(kv.K), "tag") {
			return strings.TrimSpace(kv.V)
		}
	}
	return ""
}

func fromTag(m sipmsg.Message) string {
	if h := m.From(); h != nil {
		return tagOf(h.Params)
	}
	return ""
}

func toTag(m sipmsg.Message) string {
	if h := m.To(); h != nil {
		return tagOf(h.Params)
	}
	return ""
}

// tagFor is our To-tag for a request that opens a call. It follows from the
// request, so that every response bears the same one, sipgo's own 487 included.
func (e *Endpoint) tagFor(m sipmsg.Message) string {
	mac := hmac.New(sha256.New, e.secret[:])
	branch, _ := m.Via().Params.Get("branch")
	fmt.Fprintf(mac, "%s\n%s\n%s\n%d", m.CallID().Value(), fromTag(m), branch, m.CSeq().SeqNo)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// viaKey names the transaction that a request or its CANCEL belongs to
// (RFC 3261 section 17.2.3).
func viaKey(m sipmsg.Message) string {
	via := m.Via()
	branch, _ := via.Params.Get("branch")
	return branch + " " + via.SentBy()
}

// valued is a message whose headers can be read by name.
type valued interface {
	GetHeader(name string) sipmsg.Header
}

// header returns the first value of a header, or "".
func header(m valued, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// mediaType returns a message's content type in lower case, without parameters;
// "" without a body.
func mediaType(m sipmsg.Message) string {
	if len(m.Body()) == 0 {
		return ""
	}
	t, _, _ := strings.Cut(contentType(m), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

func contentType(m sipmsg.Message) string {
	for _, name := range []string{"Content-Type", "c"} {
		if h := m.GetHeaders(name); len(h) > 0 {
			return h[0].Value()
		}
	}
	return ""
}

// typeSDP is the media type of a session description.
const typeSDP = "application/sdp"

// sdpOf returns the session description in a message, also when it is one part
// of several (RFC 5621), and whether the body could be understood at all.
func sdpOf(m sipmsg.Message) (sdp []byte, ok bool) {
	switch t := mediaType(m); {
	case t == "":
		return nil, true
	case t == typeSDP:
		return bytes.Clone(m.Body()), true
	case strings.HasPrefix(t, "multipart/"):
		return sdpPart(m)
	}
	return nil, false
}

func sdpPart(m sipmsg.Message) ([]byte, bool) {
	_, params, err := mime.ParseMediaType(contentType(m))
	if err != nil {
		return nil, false
	}
	for r := multipart.NewReader(bytes.NewReader(m.Body()), params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err != nil {
			return nil, false
		}
		if t, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); t == typeSDP {
			sdp, err := io.ReadAll(part)
			return sdp, err == nil
		}
	}
}

// retryAfter reads a Retry-After header; 0 without.
func retryAfter(m valued) time.Duration {
	digits, _, _ := strings.Cut(header(m, "Retry-After"), ";")
	digits, _, _ = strings.Cut(strings.TrimSpace(digits), " ")
	seconds, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// addrPort converts a socket's address.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// sourceOf returns where a message came from.
func sourceOf(m sipmsg.Message) netip.AddrPort {
	ap, err := netip.ParseAddrPort(m.Source())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
