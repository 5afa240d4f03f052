package dialog_test

import (
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// inPieces sends a text over a connection in pieces, whose lengths cuts tells.
func inPieces(p *peer, text string, cuts []byte) {
	for _, n := range cuts {
		if n := min(int(n), len(text)); n > 0 {
			if p.write([]byte(text[:n])) != nil {
				return // it has been closed, as it may be
			}
			text = text[n:]
		}
	}
	_ = p.write([]byte(text))
}

// FuzzStream sends what the fuzzer makes over a connection, in pieces of any
// length, and then asks over another one whether the endpoint lives.
func FuzzStream(f *testing.F) {
	e, p := robust(f)
	for i, text := range seeds(p) {
		f.Add([]byte(text), []byte{byte(i), 1, 2, 3, 200})
	}
	good := p.caller("x").request("OPTIONS").raw
	f.Add([]byte(good+good+"\r\n\r\n"+good), []byte{100, 1, 255, 3})
	f.Fuzz(func(t *testing.T, text, cuts []byte) {
		conn := dialTCP(t, e.TCPAddr())
		inPieces(&peer{t: t, write: func(b []byte) error {
			_, err := conn.Write(b)
			return err
		}}, string(text), cuts)
		conn.Close()
		alive(t, e)
	})
}

// alive asks over a new connection.
func alive(t *testing.T, e *dialog.Endpoint) {
	t.Helper()
	conn := dialTCP(t, e.TCPAddr())
	p := overTCP(t, conn)
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	conn.Close()
	if s := e.Stats(); s.Panics > 0 {
		t.Errorf("%+v", s)
	}
}

// A stream may be cut anywhere.
func TestStreamInPieces(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}})
	for _, cuts := range [][]byte{nil, {1}, {3, 1, 1, 1}, {20, 20, 20, 20, 20, 20, 20}, {255, 1, 255, 1, 200}} {
		p := overTCP(t, dialTCP(t, e.TCPAddr()))
		first, second := p.caller("x").request("OPTIONS"), p.caller("y").request("OPTIONS")
		inPieces(p, first.raw+"\r\n\r\n"+second.raw, cuts)
		for _, req := range []msg{first, second} {
			if res := p.final(req); res.code() != 200 {
				t.Errorf("in pieces of %v: OPTIONS got %s", cuts, res.start)
			}
		}
	}
}
