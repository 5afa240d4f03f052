package twin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"careline/sim/twilio/spec"
)

// inquiry is a REST request that was understood.
type inquiry struct {
	what   spec.Resource
	acc    *account
	sid    string     // of the call, where the path has one
	params url.Values // of the body of a POST, or of the query of a GET
	r      *http.Request
}

// failure is an error of the REST API.
type failure struct {
	code    int
	message string
	retry   time.Duration // of Retry-After; 0: none
}

// reply is what the REST API says.
type reply struct {
	status int
	body   any
}

// ServeHTTP answers the REST API.
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "/Recordings/") && !strings.HasSuffix(r.URL.Path, ".json") {
		t.serveRecording(w, r)
		return
	}
	key := fmt.Sprintf("request %d", t.requests.Add(1))
	kind := t.fault("", r.Method+" "+r.URL.Path, key, TooMany, Internal, InternalBare, InternalDone, Unavailable, UnavailableBare, UnavailableDone,
		SlowAnswer, AnswerLost, ConnectionReset)
	if t.failsBefore(w, kind) {
		return
	}
	said, bad := t.handle(r)
	if t.failsAfter(w, r, kind) {
		return
	}
	status := said.status
	if bad != nil {
		status = t.refuse(w, bad)
	} else {
		writeJSON(w, said.status, said.body)
	}
	t.write(Entry{Kind: KindRequest, Method: r.Method, URL: r.URL.RequestURI(), Code: status})
}

// handle reads and answers one request.
func (t *Twin) handle(r *http.Request) (reply, *failure) {
	in, bad := t.route(r)
	if bad != nil {
		return reply{}, bad
	}
	if in.params, bad = t.params(in); bad != nil {
		return reply{}, bad
	}
	switch in.what.Name {
	case "CreateCall":
		return t.create(in)
	case "UpdateCall":
		return t.change(in)
	case "FetchCall":
		return t.show(in)
	case "ListCalls":
		return t.list(in)
	case "ListCallEvents":
		return t.listEvents(in)
	case "FetchAccount":
		return reply{in.what.Status, t.accountJSON(in.acc)}, nil
	case "ListIncomingPhoneNumbers":
		return t.listNumbers(in)
	case "FetchRecording":
		return t.showRecording(in)
	case "DeleteRecording":
		return t.deleteRecording(in)
	case "ListOutgoingCallerIds":
		return t.listCallers(in)
	}
	return reply{}, &failure{code: 20404, message: "The twin does not serve " + in.what.Name}
}

// route finds what a request asks for, and who asks.
func (t *Twin) route(r *http.Request) (inquiry, *failure) {
	in := inquiry{r: r}
	others := false
	var sid string
	for _, res := range spec.Resources {
		account, call, ok := match(res.Path, r.URL.Path)
		if !ok {
			continue
		}
		if res.Method != r.Method {
			others = true
			continue
		}
		in.what, in.sid, sid = res, call, account
	}
	acc, bad := t.authenticate(r)
	switch {
	case bad != nil:
		return in, bad
	case in.what.Name == "" && others:
		t.violateREST(r, 20004, "the method is not one of this resource")
		return in, &failure{code: 20004, message: "Method not allowed"}
	case in.what.Name == "":
		t.violateREST(r, 20404, "there is no such resource, or the twin does not have it")
		return in, notFound(r)
	case sid != acc.SID:
		return in, notFound(r)
	case acc.Suspended && in.what.Name != "FetchAccount":
		return in, &failure{code: 20005, message: "Account " + acc.SID + " is not active"}
	}
	in.acc = acc
	return in, nil
}

// match compares a path with one of the table's.
func match(pattern, path string) (account, call string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return "", "", false
	}
	for i, w := range want {
		h := have[i]
		if strings.HasSuffix(w, ".json") && w != ".json" {
			if !strings.HasSuffix(h, ".json") {
				return "", "", false
			}
			w, h = strings.TrimSuffix(w, ".json"), strings.TrimSuffix(h, ".json")
		}
		switch {
		case w == "{AccountSid}":
			account = h
		case w == "{Sid}":
			call = h
		case w != h:
			return "", "", false
		}
	}
	return account, call, true
}

// authenticate finds whose request it is, by HTTP Basic.
func (t *Twin) authenticate(r *http.Request) (*account, *failure) {
	user, secret, ok := r.BasicAuth()
	if ok {
		for _, acc := range t.accounts {
			if key := acc.Keys[user]; user == acc.SID && secret == acc.Token || key != "" && secret == key {
				return acc, nil
			}
		}
	}
	return nil, &failure{code: 20003, message: "Authenticate"}
}

func notFound(r *http.Request) *failure {
	return &failure{code: 20404, message: "The requested resource " + r.URL.Path + " was not found"}
}

// violateREST notes that a request is not one of the API.
func (t *Twin) violateREST(r *http.Request, code int, format string, args ...any) {
	t.violate(Violation{
		Where: "REST " + r.Method + " " + r.URL.Path, What: fmt.Sprintf(format, args...), Code: code, Doc: mistake(code).page,
	})
}

// refuse answers with an error, and returns its status.
func (t *Twin) refuse(w http.ResponseWriter, f *failure) int {
	row, _ := spec.Error(f.code)
	if f.retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(seconds(f.retry)))
	}
	if row.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	}
	writeJSON(w, row.Status, map[string]any{
		"code": f.code, "message": f.message, "more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", f.code), "status": row.Status,
	})
	return row.Status
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who does not want to read it any more has left
}
