package twilio

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// probeTime is how long the service may take to answer a probe: as long as it has
// for Twilio.
const probeTime = 15 * time.Second

// proof is what a service answers a probe that has the trunk's token, and nobody
// else.
func (t *trunk) proof(nonce string) string {
	mac := hmac.New(sha256.New, derive(t.Token, "careline probe"))
	mac.Write([]byte(nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// probed answers a probe.
func (c *Carrier) probed(w http.ResponseWriter, r *http.Request) {
	t, params, ok := c.genuine(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, t.proof(params.Get("Nonce")))
}

// probe asks by a base URL for the trunk, as Twilio would, and returns what is
// wrong; empty: it leads to a careline that has the trunk.
func (c *Carrier) probe(ctx context.Context, t *trunk, address string) string {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	nonce := rand.Text()
	form := url.Values{"AccountSid": {t.AccountSID}, "Nonce": {nonce}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set(signatureHeader, sign(t.Token, address, form))
	res, err := (&http.Client{CheckRedirect: stay, Transport: c.opt.HTTP}).Do(req)
	if err != nil {
		return fmt.Sprintf("it is not reached: %v. Is the service running? Does its name lead here, "+
			"and does whatever stands before it pass on to webhooks.listen?", plain(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	switch {
	case err != nil:
		return fmt.Sprintf("its answer breaks off: %v", plain(err))
	case res.StatusCode == http.StatusForbidden:
		return "a careline answers that takes the signature for a false one: its public URL or the trunk's token is another than here"
	case res.StatusCode != http.StatusOK:
		return fmt.Sprintf("the answer is %d: what stands before the service must pass everything under /twilio/ on to it, "+
			"by POST and without redirects", res.StatusCode)
	case !hmac.Equal(body, []byte(t.proof(nonce))):
		return "something else than this careline answers"
	}
	return ""
}
