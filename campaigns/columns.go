package campaigns

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The fields of a customer that a column may hold. Every other column is an
// attribute.
const (
	fieldNumber   = "number"
	fieldName     = "name"
	fieldLanguage = "language"
	fieldSegment  = "segment"
	fieldManager  = "manager"
	fieldZone     = "zone"
	fieldKey      = "key"

	fieldConsent   = "consent"
	fieldEvidence  = "consent_evidence"
	fieldConsentAt = "consent_at"
	fieldExpires   = "expires"
)

// mostNumbers is how many numbers a customer may have: number, number2 and so on.
const mostNumbers = 9

// known are the headers that are understood, in lower case and with spaces as
// underscores.
var known = map[string][]string{
	fieldNumber:   {"number", "phone", "phone_number", "mobile", "mobile_number", "tel", "telephone", "msisdn", "号码", "电话", "电话号码", "手机", "手机号", "手机号码", "联系电话", "客户号码"},
	fieldName:     {"name", "customer", "customer_name", "姓名", "名称", "客户", "客户姓名", "客户名称"},
	fieldLanguage: {"language", "lang", "语言", "语种"},
	fieldSegment:  {"segment", "tier", "分群", "客户分群", "级别", "客户级别"},
	fieldManager:  {"manager", "account_manager", "agent", "经理", "客户经理", "电话经理"},
	fieldZone:     {"zone", "time_zone", "timezone", "tz", "时区"},
	fieldKey:      {"key", "id", "customer_id", "编号", "客户编号", "客户号"},

	fieldConsent:   {"consent", "授权", "授权类型", "同意", "同意类型"},
	fieldEvidence:  {"consent_evidence", "授权凭证", "授权依据", "同意凭证"},
	fieldConsentAt: {"consent_at", "consent_date", "consent_time", "授权时间", "授权日期", "同意时间", "同意日期"},
	fieldExpires:   {"expires", "expires_at", "expiry", "valid_until", "有效期", "有效期至", "失效时间", "失效日期"},
}

// isField tells whether a field of that name exists.
func isField(name string) bool { return known[name] != nil || ordinal(name) > 0 }

// ordinal tells the second number of a customer, "number2", from the third and
// so on; 0 is none of them.
func ordinal(field string) int {
	digit, further := strings.CutPrefix(field, fieldNumber)
	if !further || len(digit) != 1 || digit[0] < '2' || digit[0] > '0'+mostNumbers {
		return 0
	}
	return int(digit[0] - '0')
}

// furtherNumber returns the field of a header like number2, phone_3 or 手机2.
func furtherNumber(folded string) string {
	if folded == "" {
		return ""
	}
	digit := folded[len(folded)-1:]
	name := strings.TrimSuffix(folded[:len(folded)-1], "_")
	if ordinal(fieldNumber+digit) == 0 || !slices.Contains(known[fieldNumber], name) {
		return ""
	}
	return fieldNumber + digit
}

// mostColumns bounds what one row may cost.
const mostColumns = 256

// column is what one column of a list holds.
type column struct {
	header string // as written
	field  string // empty: an attribute
}

// assign says what each column holds. chosen names the header of a field.
func assign(header []string, chosen map[string]string) ([]column, error) {
	if len(header) > mostColumns {
		return nil, fmt.Errorf("more than %d columns", mostColumns)
	}
	columns := make([]column, len(header))
	for i, raw := range header {
		name, err := plain(raw)
		if err != nil {
			return nil, fmt.Errorf("header of column %d: %w", i+1, err)
		}
		if name != "" && slices.ContainsFunc(columns[:i], func(c column) bool { return c.header == name }) {
			return nil, fmt.Errorf("header of column %d: %q is there twice", i+1, name)
		}
		columns[i] = column{header: name, field: fieldOf(name, chosen)}
	}
	for field, name := range chosen {
		if !isField(field) {
			return nil, fmt.Errorf("no field is called %q", field)
		}
		if !slices.ContainsFunc(columns, func(c column) bool { return c.header == name }) {
			return nil, fmt.Errorf("no column is called %q; there are %s", name, headers(columns))
		}
	}
	return columns, unambiguous(columns)
}

// fieldOf returns the field that a header stands for. A field whose header was
// chosen has no other.
func fieldOf(header string, chosen map[string]string) string {
	for field, name := range chosen {
		if name == header {
			return field
		}
	}
	folded := strings.ReplaceAll(strings.ToLower(header), " ", "_")
	for field, names := range known {
		if slices.Contains(names, folded) && chosen[field] == "" {
			return field
		}
	}
	if field := furtherNumber(folded); chosen[field] == "" {
		return field
	}
	return ""
}

// unambiguous checks that there is a number and that no field is there twice.
func unambiguous(columns []column) error {
	first := map[string]string{}
	for _, c := range columns {
		if c.field == "" {
			continue
		}
		if other, twice := first[c.field]; twice {
			return fmt.Errorf("columns %q and %q both hold the %s; say which one does", other, c.header, c.field)
		}
		first[c.field] = c.header
	}
	if _, there := first[fieldNumber]; !there {
		return fmt.Errorf("no column holds the number; there are %s", headers(columns))
	}
	return nil
}

func headers(columns []column) string {
	names := make([]string, 0, len(columns))
	for _, c := range columns {
		names = append(names, fmt.Sprintf("%q", c.header))
	}
	return strings.Join(names, ", ")
}

// plain trims a cell and refuses what no cell of a list holds.
func plain(cell string) (string, error) {
	for _, r := range cell {
		if r == unicode.ReplacementChar {
			return "", errors.New("has characters of another encoding")
		}
		if unicode.IsControl(r) && r != '\t' {
			return "", errors.New("has a line break or another control character")
		}
	}
	return strings.TrimSpace(cell), nil
}

// language reads what a list calls a language.
func language(s string) (string, error) {
	switch s {
	case "中文", "汉语", "普通话":
		return "zh", nil
	case "英文", "英语":
		return "en", nil
	}
	tag := strings.ToLower(s)
	if strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(tag) == 1 || len(tag) > 35 {
		return "", fmt.Errorf("%q is not a language like zh or en", s)
	}
	return tag, nil
}
