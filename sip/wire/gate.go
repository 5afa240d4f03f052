package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// Fault is why a message cannot be worked with.
type Fault struct {
	Code   int // of the response that says so
	Reason string
}

// headSize is how much of a packet Allow is shown at most.
const headSize = 512

// screen returns a message as sipgo shall have it; nil for one that it shall not
// have, which has been answered by send as far as it can be.
func (w *Wire) screen(data []byte, from netip.AddrPort, send func([]byte) error) []byte {
	msg, clean, f := w.inspect(data)
	if f != nil {
		w.refuse(clean, from, f, send)
		return nil
	}
	if w.upper.Turn(msg, from, send) {
		return nil
	}
	return clean
}

// inspect reads a message as sipgo will, and says what is wrong with it. It
// returns the message as sipgo can read it, too.
func (w *Wire) inspect(data []byte) (msg sipmsg.Message, clean []byte, f *Fault) {
	clean, f = data, &Fault{400, "Bad Request"} // stands after a panic
	defer w.Rescue("parse")
	clean = tidy(data)
	msg, read, err := w.parser.Parse(clean, false)
	if err != nil {
		return nil, clean, unreadable(clean, read)
	}
	if f := checkText(msg, clean); f != nil {
		return nil, clean, f
	}
	return msg, clean, Check(msg)
}

// place names the line that ends at offset: its number, and its name where it
// is a header. Its value may be a customer's number and stays out of the log.
func place(data []byte, offset int) string {
	head := bytes.TrimSuffix(data[:min(offset, len(data))], []byte("\r\n"))
	line := head[bytes.LastIndexByte(head, '\n')+1:]
	number := bytes.Count(head, []byte("\n")) + 1
	if name, _, ok := strings.Cut(string(line), ":"); ok && number > 1 && grammar.IsToken(name) {
		return fmt.Sprintf("line %d (%s)", number, name)
	}
	return fmt.Sprintf("line %d", number)
}

// Check says what is missing in a message that could be parsed.
func Check(msg sipmsg.Message) *Fault {
	switch {
	case msg.Via() == nil || msg.Via().Host == "":
		return &Fault{400, "Bad or missing Via"}
	case msg.CallID() == nil:
		return &Fault{400, "Missing Call-ID"}
	case msg.CSeq() == nil:
		return &Fault{400, "Bad or missing CSeq"}
	case msg.From() == nil || FromTag(msg) == "":
		return &Fault{400, "Bad or missing From"}
	case msg.To() == nil:
		return &Fault{400, "Bad or missing To"}
	}
	for _, name := range []string{"Call-ID", "CSeq", "From", "To", "Content-Length"} {
		if len(msg.GetHeaders(name)) > 1 {
			return &Fault{400, "More than one " + name}
		}
	}
	if req, ok := msg.(*sipmsg.Request); ok {
		return checkRequest(req)
	}
	return nil
}

func checkRequest(req *sipmsg.Request) *Fault {
	switch scheme := req.Recipient.Scheme; {
	case req.SipVersion != "SIP/2.0":
		return &Fault{505, "Version Not Supported"}
	case req.CSeq().MethodName != req.Method:
		return &Fault{400, "CSeq does not match the method"}
	case scheme != "sip" && scheme != "sips" && scheme != "tel":
		return &Fault{416, "Unsupported URI Scheme"}
	case len(req.Recipient.Headers) > 0:
		return &Fault{400, "Request URI With Headers"}
	}
	if scheme := req.To().Address.Scheme; req.Method == sipmsg.REGISTER && scheme != "sip" && scheme != "sips" {
		return &Fault{400, "To is no SIP URI"}
	}
	return nil
}

// refuse answers a request that could not be read as far as that is possible,
// by send, and notes it.
func (w *Wire) refuse(data []byte, from netip.AddrPort, f *Fault, send func([]byte) error) {
	w.count.malformed.Add(1)
	if w.notes.due("malformed "+from.Addr().String(), time.Now()) {
		w.log.Warn("sip message malformed", "source", from, "err", f.Reason)
	}
	if res := rawResponse(data, f, w.upper.Methods); res != nil {
		if err := send(res); err != nil {
			w.log.Debug("malformed message not answered", "source", from, "err", err)
		}
	}
}

// Rescue keeps a panic from ending the process. It is to be deferred.
func (w *Wire) Rescue(doing string) {
	if p := recover(); p != nil {
		w.Panicked(doing, p)
	}
}

// Panicked counts a panic, and logs the first of its kind.
func (w *Wire) Panicked(doing string, p any) {
	w.count.panics.Add(1)
	if w.notes.due("panic "+doing, time.Now()) {
		w.log.Error("sip handler panicked", "doing", doing, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
}

// isPing reports a keep-alive (RFC 5626 section 3.5.1).
func isPing(data []byte) bool {
	return len(data) <= 4 && len(bytes.Trim(data, "\r\n\x00")) == 0
}
