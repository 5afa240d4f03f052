package twin

import (
	"fmt"
	"strconv"
	"time"
)

const version = "2010-04-01"

// base is the path of an account.
func base(account string) string { return "/" + version + "/Accounts/" + account }

// rfc2822 is a time as the API has it; null for none.
func rfc2822(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(time.RFC1123Z)
}

// orNull is a text; null for none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// callJSON is a call as the API has it. The lock is held.
func (t *Twin) callJSON(c *call) map[string]any {
	uri := base(c.Account) + "/Calls/" + c.SID
	links := map[string]string{}
	for name, part := range map[string]string{"events": "Events", "notifications": "Notifications", "recordings": "Recordings", "streams": "Streams"} {
		links[name] = uri + "/" + part + ".json"
	}
	started := c.Answered
	if started.IsZero() && !c.Ended.IsZero() {
		started = c.Ended
	}
	m := map[string]any{
		"sid": c.SID, "account_sid": c.Account, "parent_call_sid": orNull(c.Parent), "phone_number_sid": t.numberSID(c),
		"group_sid": nil, "trunk_sid": nil, "to": c.To, "to_formatted": c.To, "from": c.From, "from_formatted": c.From,
		"status": c.Status, "direction": c.Direction, "answered_by": orNull(c.Detected), "start_time": rfc2822(started), "end_time": rfc2822(c.Ended),
		"duration": nil, "price": nil, "price_unit": "USD", "queue_time": strconv.FormatInt(c.Wait.Milliseconds(), 10),
		"date_created": rfc2822(c.Created), "date_updated": rfc2822(c.updated), "api_version": version, "caller_name": nil, "forwarded_from": nil,
		"annotation": nil, "uri": uri + ".json", "subresource_uris": links,
	}
	if !c.Ended.IsZero() {
		talked := seconds(t.length(c))
		m["duration"] = strconv.Itoa(talked)
		m["price"] = fmt.Sprintf("-%.5f", 0.014*float64((talked+59)/60))
	}
	return m
}

// numberSID names the number of the account that a call is of, if it is one.
func (t *Twin) numberSID(c *call) any {
	for _, n := range c.acc.numbers {
		if n.Number.Number == c.From || n.Number.Number == c.To {
			return n.sid
		}
	}
	return nil
}

func (t *Twin) accountJSON(a *account) map[string]any {
	status := "active"
	if a.Suspended {
		status = "suspended"
	}
	uri := base(a.SID)
	return map[string]any{
		"sid": a.SID, "friendly_name": "careline", "status": status, "type": "Full", "owner_account_sid": a.SID, "auth_token": a.Token,
		"date_created": rfc2822(t.born), "date_updated": rfc2822(t.born), "uri": uri + ".json",
		"subresource_uris": map[string]string{
			"calls": uri + "/Calls.json", "incoming_phone_numbers": uri + "/IncomingPhoneNumbers.json", "outgoing_caller_ids": uri + "/OutgoingCallerIds.json",
		},
	}
}

func (t *Twin) numberJSON(a *account, n number) map[string]any {
	return map[string]any{
		"sid": n.sid, "account_sid": a.SID, "friendly_name": n.Number.Number, "phone_number": n.Number.Number,
		"voice_url": n.VoiceURL, "voice_method": n.VoiceMethod, "voice_fallback_url": n.FallbackURL, "voice_fallback_method": n.FallbackMethod,
		"status_callback": n.StatusCallback, "status_callback_method": n.StatusMethod, "voice_application_sid": orNull(n.VoiceAppSID),
		"trunk_sid": orNull(n.TrunkSID), "voice_caller_id_lookup": false, "capabilities": map[string]bool{"voice": true, "sms": false, "mms": false, "fax": false},
		"api_version": version, "date_created": rfc2822(t.born), "date_updated": rfc2822(t.born), "beta": false, "origin": "twilio",
		"uri": base(a.SID) + "/IncomingPhoneNumbers/" + n.sid + ".json",
	}
}

func (t *Twin) callerJSON(a *account, c callerID) map[string]any {
	return map[string]any{
		"sid": c.sid, "account_sid": a.SID, "friendly_name": c.number, "phone_number": c.number,
		"date_created": rfc2822(t.born), "date_updated": rfc2822(t.born), "uri": base(a.SID) + "/OutgoingCallerIds/" + c.sid + ".json",
	}
}
