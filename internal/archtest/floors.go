package archtest

// floors tells each package's floor. A package imports lower floors only.
var floors = map[string]int{
	"careline/audio":           0,
	"careline/phone":           0,
	"careline/sip/sdp":         0,
	"careline/sip/rtp":         0,
	"careline/sip/grammar":     0,
	"careline/sip/trace":       0,
	"careline/migrations":      0,
	"careline/examples":        0,
	"careline/internal/strict": 0,
	"careline/sim/diary":       0,
	"careline/sim/twilio/spec": 0,

	"careline/audio/progress": 1,
	"careline/audio/greeting": 1,
	"careline/ivr":            1,
	"careline/campaigns":      1,
	"careline/agents":         1,
	"careline/dialer/pacing":  1,

	"careline/media":       2,
	"careline/sip/wire":    2,
	"careline/dialer/plan": 2, // pure as well; it speaks of campaigns and contacts

	"careline/call":              3,
	"careline/sip/dialog":        3,
	"careline/sip/session":       3,
	"careline/sip/wire/wiretest": 3,

	"careline/sip":           4,
	"careline/twilio":        4,
	"careline/speech":        4,
	"careline/store":         4,
	"careline/dialer":        4,
	"careline/switchboard":   4,
	"careline/call/calltest": 4,

	"careline/web":             5,
	"careline/sim":             5,
	"careline/sim/people":      5,
	"careline/sim/floor":       5,
	"careline/sim/twilio":      5,
	"careline/store/storetest": 5,

	"careline/cmd/careline":      6,
	"careline/internal/archtest": 6,
}

// pure names what floors 0 and 1 may not import: they know no network, file,
// database or logger.
//
// dialer/plan stands on floor 2 and is held to the same.
var pure = []string{"net", "os", "database/sql", "net/http", "os/exec", "io/ioutil", "math/rand", "github.com/jmoiron/sqlx", "github.com/emiago/sipgo"}

// independent names what the judge may not share with what it judges.
var independent = map[string][]string{
	"careline/sim/people": {
		"careline/sip", "careline/sip/dialog", "careline/sip/wire", "careline/sip/session", "careline/sip/sdp", "careline/ivr", "careline/store",
		"careline/dialer", "careline/switchboard", "careline/campaigns", "careline/call", "careline/media", "careline/speech",
	},
	"careline/sim/twilio": {
		"careline/twilio", "careline/sip", "careline/call", "careline/ivr", "careline/store", "careline/dialer", "careline/switchboard", "careline/campaigns",
	},
	"careline/sim/floor": {
		"careline/dialer", "careline/dialer/plan", "careline/campaigns", "careline/store", "careline/sim/people",
	},
}
