package twin

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"careline/sim/twilio/spec"
)

// wrong says what is wrong with the values of an attribute or a parameter; "" is
// nothing.
func wrong(v spec.Values, values ...string) string {
	if len(values) > 1 && v.Kind != spec.Repeated {
		return fmt.Sprintf("is there %d times", len(values))
	}
	for _, s := range values {
		if why := refuses(v, s); why != "" {
			return fmt.Sprintf("is %q, %s", s, why)
		}
	}
	return ""
}

// refuses says what a value is not.
func refuses(v spec.Values, s string) string {
	switch v.Kind {
	case spec.Text:
		return unless(v.Max == 0 || utf8.RuneCountInString(s) <= v.Max, "longer than %d characters", v.Max)
	case spec.Integer:
		n, err := strconv.Atoi(s)
		return unless(err == nil && n >= v.Min && (v.Max == 0 || n <= v.Max), "no whole number %s", bounds(v))
	case spec.Boolean:
		return unless(s == "true" || s == "false", "neither true nor false")
	case spec.OneOf, spec.Repeated:
		return unless(slices.Contains(v.Allowed, s), "not one of %s", strings.Join(v.Allowed, " "))
	case spec.SomeOf:
		for _, word := range strings.Fields(s) {
			if !slices.Contains(v.Allowed, word) {
				return fmt.Sprintf("and %s is not one of %s", word, strings.Join(v.Allowed, " "))
			}
		}
		return unless(strings.TrimSpace(s) != "", "empty")
	case spec.Keys:
		return unless(strings.Trim(s, v.Allowed[0]) == "" && (v.Max == 0 || len(s) <= v.Max), "not made of %s", v.Allowed[0])
	case spec.URL:
		_, err := url.Parse(s)
		return unless(err == nil, "no URL")
	case spec.AbsoluteURL:
		u, err := url.Parse(s)
		return unless(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && !strings.Contains(u.Host, "_"), "no absolute URL of HTTP")
	case spec.SID:
		return unless(isSID(s, v.Allowed[0]), "no sid that begins with %s", v.Allowed[0])
	case spec.Endpoint:
		return unless(isE164(s) || isSIP(s) || strings.HasPrefix(s, "client:"), "neither a number in E.164 nor a SIP address")
	case spec.Date:
		_, day := time.Parse(time.DateOnly, s)
		_, instant := time.Parse(time.RFC3339, s)
		return unless(day == nil || instant == nil, "no date")
	}
	return ""
}

func bounds(v spec.Values) string {
	if v.Max == 0 {
		return fmt.Sprintf("from %d", v.Min)
	}
	return fmt.Sprintf("from %d to %d", v.Min, v.Max)
}

// unless is a complaint, unless it is ok.
func unless(ok bool, format string, args ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// isSIP tells whether s is a SIP address.
func isSIP(s string) bool {
	return (strings.HasPrefix(s, "sip:") || strings.HasPrefix(s, "sips:")) && !strings.ContainsAny(s, " \t\r\n")
}
