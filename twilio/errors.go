package twilio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	twilio "github.com/twilio/twilio-go/client"

	"careline/call"
	"careline/campaigns"
)

// Answers of the API that no call can be read from.
var (
	errRedirect = errors.New("it redirects, which Twilio does not")
	errNameless = errors.New("it names no call")
)

// Numbers of errors at Twilio, see https://www.twilio.com/docs/api/errors.
const (
	wrongAccount  = 10001
	tooManyAtOnce = 10004
	authenticate  = 20003
	notActive     = 20005
	testAccount   = 20008
	notAllowed    = 20403
	notFound      = 20404
	badNumber     = 21211
	unreachable   = 21214
	wrongNumber   = 21217
	notInProgress = 21220
	queueIsFull   = 22005
)

// apiError is a request to the API that did not succeed. Its words name no
// secret, and no telephone number in full.
type apiError struct {
	what   string
	sent   bool // it may have reached Twilio
	status int  // HTTP's; 0: no answer came
	code   int  // Twilio's own; 0: whoever answered is not known to be Twilio
	text   string
	wait   time.Duration // that was asked for
	cause  error
}

func (x *exchange) problem(what string, err error) *apiError {
	e := &apiError{what: what, sent: x.sent.Load(), status: x.status, wait: x.wait, cause: err}
	var its *twilio.TwilioRestError
	var from *url.Error
	switch {
	case errors.As(err, &its) && x.status != 0:
		e.code, e.text, e.cause = its.Code, shorten(its.Message), nil
	case errors.Is(err, context.DeadlineExceeded):
		e.cause = fmt.Errorf("no answer within %v", x.client.most)
	case errors.As(err, &from): // it names the URL, which holds numbers
		e.cause = from.Err
	}
	return e
}

// Error says what was asked for and what came of it.
func (e *apiError) Error() string {
	switch {
	case e.code != 0:
		return fmt.Sprintf("%s: Twilio answers %d, error %d: %s", e.what, e.status, e.code, e.text)
	case e.status != 0:
		return fmt.Sprintf("%s: the API answers %d: %s", e.what, e.status, cmp.Or(e.text, words(e.cause)))
	default:
		return fmt.Sprintf("%s: %s", e.what, words(e.cause))
	}
}

// Unwrap is what went wrong underneath.
func (e *apiError) Unwrap() error { return e.cause }

func words(err error) string {
	if err == nil {
		return "it does not say why"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was closed before the answer had come"
	}
	return shorten(err.Error())
}

var digits = regexp.MustCompile(`\+?\d{4,}(\d{3})\b`)

// shorten hides all but the last digits of telephone numbers.
func shorten(s string) string { return digits.ReplaceAllString(s, "…$1") }

// certain tells whether the request has surely not done what it asks for:
// nothing was sent, or Twilio itself says so. An answer of 500 says nothing, nor
// does one that somebody between us and Twilio has given.
func (e *apiError) certain() bool {
	switch {
	case !e.sent:
		return true
	case e.code == 0, e.status == http.StatusRequestTimeout:
		return false
	default:
		return e.status == http.StatusServiceUnavailable || e.status >= 400 && e.status < 500
	}
}

// trunkWide tells whether no other call would fare better.
func (e *apiError) trunkWide() bool {
	switch e.code {
	case wrongAccount, authenticate, notActive, testAccount, notAllowed:
		return true
	default:
		return !e.sent || e.status >= http.StatusInternalServerError
	}
}

// failure is how a call ended that Twilio has surely not placed.
func (e *apiError) failure() *call.Failure {
	f := &call.Failure{
		Disposition: campaigns.Failure, Sent: e.sent,
		Evidence: campaigns.Evidence{Status: e.status, Text: e.Error(), RetryAfter: int(e.wait.Seconds()), Rule: campaigns.ByStatus},
	}
	switch {
	case !e.sent:
		f.Disposition, f.Evidence.Rule = campaigns.NotPlaced, campaigns.ByUs
	case e.status == http.StatusTooManyRequests, e.status == http.StatusServiceUnavailable,
		e.code == tooManyAtOnce, e.code == queueIsFull:
		f.Disposition = campaigns.Congestion
	case e.code == badNumber, e.code == wrongNumber:
		f.Disposition = campaigns.InvalidNumber
	case e.code == unreachable:
		f.Disposition = campaigns.Unreachable
	}
	return f
}

// is tells whether Twilio has answered with an error of that number.
func is(err error, code int) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == code
}
