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
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// tagFor is our To-tag for a request that opens a call. It follows from the
// request, so that every response bears the same one, sipgo's own 487 included.
func (e *Endpoint) tagFor(m sipmsg.Message) string {
	mac := hmac.New(sha256.New, e.secret[:])
	branch, _ := m.Via().Params.Get("branch")
	fmt.Fprintf(mac, "%s\n%s\n%s\n%d", m.CallID().Value(), wire.FromTag(m), branch, m.CSeq().SeqNo)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// viaKey names the transaction that a request or its CANCEL belongs to
// (RFC 3261 section 17.2.3).
func viaKey(m sipmsg.Message) string {
	via := m.Via()
	branch, _ := via.Params.Get("branch")
	return branch + " " + via.SentBy()
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
