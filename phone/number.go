package phone

import "log/slog"

// Number is a telephone number as it is dialed: E.164 with a leading plus
// (+8613800138000), or a short code as it is (10086).
type Number string

// LogValue hides all but the last three digits, so that logs tell calls apart
// without naming people.
func (n Number) LogValue() slog.Value {
	if len(n) <= 6 {
		return slog.StringValue(string(n)) // a short code names a service, not a person
	}
	return slog.StringValue("…" + string(n[len(n)-3:]))
}
