package twin

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is one of a list, with the name that a page token goes by.
type row struct {
	sid  string
	body map[string]any
}

// page is a page of a list.
func page(in inquiry, rows []row) (reply, *failure) {
	size := whole(in.params, "PageSize", bound("page size"))
	from, number := 0, whole(in.params, "Page", 0)
	if token := in.params.Get("PageToken"); token != "" {
		from = slices.IndexFunc(rows, func(r row) bool { return "PA"+r.sid == token }) + 1
	} else {
		from = min(number*size, len(rows))
	}
	to := min(from+size, len(rows))
	link := func(n int, token string) string {
		q := maps.Clone(in.params)
		if q == nil {
			q = url.Values{}
		}
		q.Set("PageSize", strconv.Itoa(size))
		q.Set("Page", strconv.Itoa(n))
		q.Del("PageToken")
		if token != "" {
			q.Set("PageToken", token)
		}
		return in.r.URL.Path + "?" + q.Encode()
	}
	list := make([]map[string]any, 0, to-from)
	for _, r := range rows[from:to] {
		list = append(list, r.body)
	}
	body := map[string]any{
		in.what.Field: list, "page": number, "page_size": size, "start": from, "end": max(to-1, 0),
		"uri": link(number, in.params.Get("PageToken")), "first_page_uri": link(0, ""), "next_page_uri": nil, "previous_page_uri": nil,
	}
	if to < len(rows) {
		body["next_page_uri"] = link(number+1, "PA"+rows[to-1].sid)
	}
	if number > 0 {
		body["previous_page_uri"] = link(number-1, "")
	}
	return reply{in.what.Status, body}, nil
}

// list carries out ListCalls: the newest first.
func (t *Twin) list(in inquiry) (reply, *failure) {
	late := t.fault("", in.r.Method+" "+in.r.URL.Path, in.r.URL.RawQuery, ListLate) != ""
	now := time.Now()
	var rows []row
	t.mu.Lock()
	for _, c := range slices.Backward(t.calls) {
		if c.acc == in.acc && !t.young(c, late, now) && c.fits(in.params) {
			rows = append(rows, row{c.SID, t.callJSON(c)})
		}
	}
	t.mu.Unlock()
	return page(in, rows)
}

// fits tells whether a call is one that is asked for. The lock is held.
func (c *call) fits(p url.Values) bool {
	for name, have := range map[string]string{"To": c.To, "From": c.From, "Status": c.Status, "ParentCallSid": c.Parent} {
		if want := p.Get(name); want != "" && want != have {
			return false
		}
	}
	started := c.Answered
	if started.IsZero() {
		started = c.Ended
	}
	for name, at := range map[string]time.Time{"StartTime": started, "EndTime": c.Ended} {
		for _, how := range []string{"", "<", ">"} {
			if want := p.Get(name + how); want != "" && !within(at, how, want) {
				return false
			}
		}
	}
	return true
}

// within compares a time, which may be none, with a day in UTC, as documented.
func within(at time.Time, how, want string) bool {
	if at.IsZero() {
		return false
	}
	day, _, _ := strings.Cut(want, "T")
	have := at.UTC().Format(time.DateOnly)
	switch how {
	case "<":
		return have < day
	case ">":
		return have >= day
	}
	return have == day
}

// listNumbers carries out ListIncomingPhoneNumbers.
func (t *Twin) listNumbers(in inquiry) (reply, *failure) {
	var rows []row
	for _, n := range in.acc.numbers {
		if like(n.Number.Number, in.params.Get("PhoneNumber")) {
			rows = append(rows, row{n.sid, t.numberJSON(in.acc, n)})
		}
	}
	return page(in, rows)
}

// listCallers carries out ListOutgoingCallerIds.
func (t *Twin) listCallers(in inquiry) (reply, *failure) {
	var rows []row
	for _, n := range in.acc.callers {
		if like(n.number, in.params.Get("PhoneNumber")) {
			rows = append(rows, row{n.sid, t.callerJSON(in.acc, n)})
		}
	}
	return page(in, rows)
}

// like tells whether a part of a number is asked for; * is any digit.
func like(number, part string) bool {
	part = strings.TrimPrefix(part, "+")
	for at := 0; at+len(part) <= len(number); at++ {
		same := true
		for i := range len(part) {
			same = same && (part[i] == '*' || part[i] == number[at+i])
		}
		if same {
			return true
		}
	}
	return false
}
