package phone

// Hours is a weekly calling window at the called party's place. The zero value
// is any time.
type Hours struct {
	Days []string `yaml:"days" json:"days,omitempty"` // mon, tue, ...; empty is every day
	From string   `yaml:"from" json:"from,omitempty"` // 09:00, inclusive
	To   string   `yaml:"to" json:"to,omitempty"`     // 20:00, exclusive; 24:00 is midnight
}
