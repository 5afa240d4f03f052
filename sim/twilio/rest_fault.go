package twin

import (
	"net/http"
	"time"
)

// failsBefore does what a fault does to a request that is not carried out. It
// reports whether the request is done with.
func (t *Twin) failsBefore(w http.ResponseWriter, kind FaultKind) bool {
	t.mu.Lock()
	retry := t.faults.Retry
	t.mu.Unlock()
	switch kind {
	case TooMany:
		t.refuse(w, &failure{code: 20429, message: "Too Many Requests", retry: retry})
	case Internal:
		t.refuse(w, &failure{code: 20500, message: "An internal server error has occurred"})
	case Unavailable:
		t.refuse(w, &failure{code: 20503, message: "Service unavailable", retry: retry})
	case InternalBare:
		http.Error(w, "<html><body><h1>500 Internal Server Error</h1></body></html>", http.StatusInternalServerError)
	case UnavailableBare:
		http.Error(w, "upstream connect error or disconnect/reset before headers", http.StatusServiceUnavailable)
	case ConnectionReset:
		cut(w)
	default:
		return false
	}
	return true
}

// failsAfter does likewise to the answer of a request that was carried out.
func (t *Twin) failsAfter(w http.ResponseWriter, r *http.Request, kind FaultKind) bool {
	switch kind {
	case InternalDone:
		http.Error(w, "<html><body><h1>500 Internal Server Error</h1></body></html>", http.StatusInternalServerError)
	case UnavailableDone:
		http.Error(w, "upstream request timeout", http.StatusServiceUnavailable)
	case AnswerLost:
		cut(w)
	case SlowAnswer:
		after(r.Context(), t.late())
		return false
	default:
		return false
	}
	return true
}

// cut breaks the connection of a request.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil { // the API is served by HTTP/1.1, where it can be taken over
		conn.Close()
	}
}

// young tells whether a call is too young to be listed yet.
func (t *Twin) young(c *call, late bool, now time.Time) bool {
	return late && now.Sub(c.Created) < t.faults.Late
}
