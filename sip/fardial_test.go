package sip_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// do sends a request and returns the final response; nil when none comes.
func (f *farEnd) do(req *sipmsg.Request) *sipmsg.Response {
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	res, err := f.client.Do(ctx, req)
	if err != nil {
		f.t.Logf("%s: %v", req.Method, err)
		return nil
	}
	return res
}

// new builds a request outside of any dialog.
func (f *farEnd) new(method sipmsg.RequestMethod, target, from, to string) *sipmsg.Request {
	f.t.Helper()
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(target, &uri); err != nil {
		f.t.Errorf("target %s: %v", target, err)
	}
	req := sipmsg.NewRequest(method, uri)
	id := sipmsg.CallIDHeader(uuid.NewString())
	req.AppendHeader(sipmsg.NewHeader("From", fmt.Sprintf("<%s>;tag=%s", from, sipmsg.GenerateTagN(8))))
	req.AppendHeader(sipmsg.NewHeader("To", "<"+to+">"))
	req.AppendHeader(&id)
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: 1, MethodName: method})
	req.AppendHeader(sipmsg.NewHeader("Contact", "<sip:far@"+f.addr+">"))
	return req
}

// authed sends a request, with credentials if it is challenged.
func (f *farEnd) authed(req *sipmsg.Request) *sipmsg.Response {
	res := f.do(req)
	if res == nil || res.StatusCode != sipmsg.StatusUnauthorized && res.StatusCode != sipmsg.StatusProxyAuthRequired || f.user == "" {
		return res
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	res, err := f.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: f.user, Password: f.pass})
	if err != nil {
		f.t.Errorf("answer a challenge: %v", err)
		return nil
	}
	return res
}

// dial calls user at host and returns the call, with the status that ended the
// INVITE. A call that was answered is ACKed.
func (f *farEnd) dial(t *testing.T, host, user, from string) (*farCall, int) {
	t.Helper()
	return f.dialWith(t, host, user, from)
}

// dialWith is dial with more headers.
func (f *farEnd) dialWith(t *testing.T, host, user, from string, headers ...string) (*farCall, int) {
	t.Helper()
	req := f.new(sipmsg.INVITE, "sip:"+user+"@"+host, "sip:"+from+"@"+f.addr, "sip:"+user+"@"+host)
	c := f.newCall(req.CallID().Value())
	c.invite = req
	req.SetBody(c.sdp())
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	for _, h := range headers {
		req.AppendHeader(sipmsg.NewHeader(cutHeader(h)))
	}
	res := f.authed(req)
	if res == nil {
		return c, 0
	}
	if res.StatusCode != sipmsg.StatusOK {
		return c, res.StatusCode
	}
	c.answer = res
	c.sound.heed(res.Body())
	ack := c.request(sipmsg.ACK)
	ack.CSeq().SeqNo = req.CSeq().SeqNo
	if err := f.client.WriteRequest(ack); err != nil {
		t.Errorf("send ACK: %v", err)
	}
	return c, 200
}

// register registers agent's phone at host and returns the response.
func (f *farEnd) register(host, agent string, expires int) *sipmsg.Response {
	aor := "sip:" + agent + "@" + host
	req := f.new(sipmsg.REGISTER, "sip:"+host, aor, aor)
	req.AppendHeader(sipmsg.NewHeader("Expires", fmt.Sprint(expires)))
	return f.authed(req)
}
