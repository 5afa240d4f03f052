package twin

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Options describe a Twin. Accounts and Line are needed.
type Options struct {
	Listen   string    // of the REST API; "" means 127.0.0.1:0
	Accounts []Account // that may use it
	Line     Line      // the telephone network: Scripts or Phones
	Speaker  Speaker   // says <Say>; nil is silence of about the length of the words
	Seed     uint64    // of the sids, and of all that is left to chance
	Faults   Faults    // what goes wrong; SetFaults changes it
	Client   *http.Client

	// Refuses are numbers that CreateCall refuses to call, with Twilio's error, as
	// 21211, 21214 or 21215.
	Refuses map[string]int

	// EventsAfter is how long after the end of a call its Events.json has what was
	// requested; 0 means 15 minutes, as the page says, below 0 it has it at once.
	EventsAfter time.Duration

	// Speed is how many times faster than in life sound, pauses, time-outs and
	// ringing pass; 0 means 1. Requests, their time-outs and calls per second are
	// as in life. It is for Scripts alone: people who hear need their time.
	Speed float64

	// Public, where set, is what a URL that the service gave is replaced by
	// before it is requested, as for a service behind a proxy: what is signed is
	// the URL as it was given.
	Public func(url string) string

	// Notify is called with each entry of the diary as it is written, before
	// what follows from it: a test may end the service from it. It may be called
	// by several goroutines at once.
	Notify func(Entry)

	DiaryLimit int          // entries kept, the oldest go first; 0 means 200000
	Log        *slog.Logger // nil discards
}

// Account is an account at Twilio.
type Account struct {
	SID            string            // AC and 32 hexadecimal digits
	Token          string            // the auth token; signs the webhooks
	Keys           map[string]string // API keys: SK... and secret
	Numbers        []Number          // bought
	CallerIDs      []string          // numbers of others that are verified as caller ids
	CallsPerSecond float64           // 0 means 1; more are queued
	Calls          int               // at once, of REST; 0 means any number
	Suspended      bool
}

// Number is a telephone number of an account.
type Number struct {
	Number         string // E.164
	VoiceURL       string
	VoiceMethod    string // "" means POST
	FallbackURL    string
	FallbackMethod string // "" means POST
	StatusCallback string // told of the end of each call to the number
	StatusMethod   string // "" means POST
	VoiceAppSID    string // an application that overrides VoiceURL, as if somebody had set one
	TrunkSID       string // a SIP trunk that overrides VoiceURL
}

// Speaker turns the words of <Say> into sound at 8000 Hz.
type Speaker interface {
	Say(ctx context.Context, text, voice, language string) ([]int16, error)
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.Speed = cmp.Or(o.Speed, 1)
	o.EventsAfter = cmp.Or(o.EventsAfter, 15*time.Minute)
	o.DiaryLimit = cmp.Or(o.DiaryLimit, 200_000)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Client == nil {
		o.Client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}}
	}
	if o.Public == nil {
		o.Public = func(url string) string { return url }
	}
	return o
}

// pace is how long a span of life lasts here.
func (o *Options) pace(d time.Duration) time.Duration {
	return time.Duration(float64(d) / o.Speed)
}
