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
)

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
		if known[field] == nil {
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
