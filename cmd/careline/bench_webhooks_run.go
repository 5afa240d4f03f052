package main

import (
	"context"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // for a name that looks like Twilio's
	"crypto/sha1" //nolint:gosec // it is what Twilio signs with
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"careline/campaigns"
)

// measure makes the calls, and looks at what is left of them.
func (b *hooking) measure(ctx context.Context, out *webhooksBench) (err error) {
	out.Database, out.Calls = b.database.name, len(b.attempts)
	if b.disk, err = openDisk(b.database.disk); err != nil {
		return err
	}
	b.disk.watch(ctx)
	before, err := b.spent()
	if err != nil {
		return err
	}
	b.began = time.Now()
	lasted := b.callAll(ctx)
	took := time.Since(b.began).Seconds()
	after, err := b.spent()
	if err != nil {
		return err
	}
	if out.Disk, err = b.disk.watched(); err != nil {
		return err
	}
	out.Webhooks, out.ByProcess, out.Failed, out.Given = len(b.took), b.by, b.failed, len(b.given)
	out.CPU, out.Core = 1000*(after-before)/float64(max(out.Webhooks, 1)), (after-before)/took
	out.Seconds, out.Made = b.steady(lasted)
	out.Took, out.Documents = latenessOf(b.took), latenessOf(b.docs)
	return b.count(ctx, out)
}

// spent is how much CPU time both processes have spent, in seconds.
func (b *hooking) spent() (sum float64, err error) {
	for _, p := range b.nodes {
		says, err := p.ask("")
		if err != nil {
			return 0, err
		}
		sum += says.CPU
	}
	return sum, nil
}

// ramp is how long it takes until as many calls end as begin.
const ramp = (benchQuestions + 1) * thinking

// steady is how many webhooks came in a second while as many calls ended as
// began, and for how long that was so; of a short measurement, all of it.
func (b *hooking) steady(lasted time.Duration) (seconds, perSecond float64) {
	from := time.Duration(0)
	if lasted > 2*ramp {
		from = ramp
	}
	n := 0
	for _, at := range b.at {
		if at >= from && at < lasted {
			n++
		}
	}
	seconds = (lasted - from).Seconds()
	return seconds, float64(n) / seconds
}

// callAll has the calls begin at an even rate, and returns when all are over, with
// how long calls were begun.
func (b *hooking) callAll(ctx context.Context) (lasted time.Duration) {
	var calls sync.WaitGroup
	every := time.Duration(float64(time.Second) * perCall / b.cmd.Rate)
	for i := range b.attempts {
		if pause(ctx, time.Until(b.began.Add(time.Duration(i)*every))) != nil {
			break
		}
		calls.Go(func() { b.call(ctx, i) })
	}
	lasted = time.Since(b.began)
	calls.Wait()
	return lasted
}

// thinking is how long a callee listens before they press a key, and a telephone
// rings, at most.
const thinking = time.Second

// call is one call as Twilio has it: its status, and its documents one after
// another, until one ends it.
func (b *hooking) call(ctx context.Context, i int) {
	id, sum := string(b.attempts[i]), md5.Sum([]byte(b.attempts[i]))
	form := url.Values{
		"AccountSid": {benchAccount}, "CallSid": {"CA" + hex.EncodeToString(sum[:])}, "ApiVersion": {"2010-04-01"}, "Direction": {"outbound-api"},
		"From": {benchOwn}, "To": {string(benchCallee(i))}, "Called": {string(benchCallee(i))}, "Caller": {benchOwn},
		"FromCity": {""}, "FromCountry": {"GB"}, "FromState": {""}, "FromZip": {""}, "ToCity": {""}, "ToCountry": {"GB"}, "ToState": {""}, "ToZip": {""},
	}
	own := benchPublic + "/twilio/carrier/calls/" + id
	status := func(word string, sequence int) {
		f := maps.Clone(form)
		f.Set("CallStatus", word)
		f.Set("CallbackSource", "call-progress-events")
		f.Set("SequenceNumber", strconv.Itoa(sequence))
		f.Set("Timestamp", time.Now().UTC().Format(time.RFC1123Z))
		b.ask(ctx, own+"/status?machine=off", f)
	}
	wait := func(part int) { _ = pause(ctx, thinking/2+time.Duration((i*7919+part*104729)%1000)*thinking/2000) }
	status("initiated", 0)
	status("ringing", 1)
	wait(0)
	form.Set("CallStatus", "in-progress")
	status("in-progress", 2)
	next := b.ask(ctx, own+"/answer?machine=off", form)
	for q := range benchQuestions {
		if next == "" {
			break
		}
		wait(q + 1)
		digit := strconv.Itoa(1 + (i+q)%9)
		b.mu.Lock()
		b.given[id+" "+[]string{"first", "second", "third", "fourth"}[q]] = digit
		b.mu.Unlock()
		f := maps.Clone(form)
		f.Set("Digits", digit)
		f.Set("msg", "Gather End")
		next = b.ask(ctx, next, f)
	}
	form.Set("CallDuration", "5")
	status("completed", 3)
}

// ask makes one webhook, of the process whose turn it is, and returns the URL
// that the document names; nothing where it names none.
func (b *hooking) ask(ctx context.Context, address string, form url.Values) string {
	b.mu.Lock()
	node := b.turn % len(b.addrs)
	b.turn++
	b.by[node]++
	b.mu.Unlock()
	began := time.Now()
	code, body, err := b.post(ctx, "http://"+b.addrs[node]+strings.TrimPrefix(address, benchPublic), twilioSignature(address, form), form)
	took := int32(time.Since(began) / time.Microsecond)
	next, isDocument := "", code == http.StatusOK
	if isDocument {
		next = actionOf(body)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.took, b.at = append(b.took, took), append(b.at, began.Sub(b.began))
	if isDocument {
		b.docs = append(b.docs, took)
	}
	switch {
	case err != nil:
		b.failed["no answer"]++
	case code != http.StatusOK && code != http.StatusNoContent:
		b.failed[strconv.Itoa(code)]++
	case strings.Contains(next, "/again"):
		b.failed["asked to wait"]++
	}
	return next
}

func (b *hooking) post(ctx context.Context, address, signature string, form url.Values) (code int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	r.Header.Set("User-Agent", "TwilioProxy/1.1")
	answer, err := b.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// twilioSignature signs as Twilio does.
func twilioSignature(address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(benchToken))
	_, _ = io.WriteString(mac, address)
	for _, key := range slices.Sorted(maps.Keys(form)) {
		_, _ = io.WriteString(mac, key+form.Get(key))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// actionOf is where a document that asks for keys sends them.
func actionOf(body []byte) string {
	var doc struct {
		Gather struct {
			Action string `xml:"action,attr"`
		}
		Redirect string
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return ""
	}
	if doc.Gather.Action != "" {
		return doc.Gather.Action
	}
	return strings.TrimSpace(doc.Redirect)
}

// count compares what was pressed with the rows, once calls are closed.
func (b *hooking) count(ctx context.Context, out *webhooksBench) error {
	for _, id := range b.attempts {
		r, err := b.store.LoadCall(ctx, string(id))
		if err != nil {
			return fmt.Errorf("look for a call: %w", err)
		}
		if !r.EndedAt.IsZero() {
			out.Finished++
		}
	}
	kept := make(map[string]campaigns.Answer)
	for a, err := range b.store.Answers(ctx, b.campaign.ID) {
		if err != nil {
			return fmt.Errorf("look for answers: %w", err)
		}
		key := a.CallID + " " + a.Result
		if kept[key] = a; b.given[key] == a.Value {
			out.Kept++
		} else {
			out.Other++
		}
	}
	for key := range b.given {
		if _, ok := kept[key]; !ok {
			out.Missing++
		}
	}
	return nil
}
