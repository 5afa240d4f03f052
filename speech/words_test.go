package speech_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"careline/ivr"
	"careline/speech"
)

// wordCases are read as they would be written, without blanks in Chinese.
var wordCases = []struct {
	kind   ivr.PieceKind
	value  string
	unit   string
	zh, en string
}{
	{ivr.Number, "0", "", "零", "zero"},
	{ivr.Number, "1", "", "一", "one"},
	{ivr.Number, "2", "", "二", "two"},
	{ivr.Number, "10", "", "十", "ten"},
	{ivr.Number, "12", "", "十二", "twelve"},
	{ivr.Number, "20", "", "二十", "twenty"},
	{ivr.Number, "22", "", "二十二", "twenty two"},
	{ivr.Number, "99", "", "九十九", "ninety nine"},
	{ivr.Number, "100", "", "一百", "one hundred"},
	{ivr.Number, "101", "", "一百零一", "one hundred and one"},
	{ivr.Number, "110", "", "一百一十", "one hundred and ten"},
	{ivr.Number, "112", "", "一百一十二", "one hundred and twelve"},
	{ivr.Number, "200", "", "两百", "two hundred"},
	{ivr.Number, "222", "", "两百二十二", "two hundred and twenty two"},
	{ivr.Number, "1000", "", "一千", "one thousand"},
	{ivr.Number, "1001", "", "一千零一", "one thousand and one"},
	{ivr.Number, "1010", "", "一千零一十", "one thousand and ten"},
	{ivr.Number, "1012", "", "一千零一十二", "one thousand and twelve"},
	{ivr.Number, "1100", "", "一千一百", "one thousand one hundred"},
	{ivr.Number, "1200", "", "一千二百", "one thousand two hundred"},
	{ivr.Number, "2002", "", "两千零二", "two thousand and two"},
	{ivr.Number, "2222", "", "两千二百二十二", "two thousand two hundred and twenty two"},
	{ivr.Number, "10000", "", "一万", "ten thousand"},
	{ivr.Number, "10001", "", "一万零一", "ten thousand and one"},
	{ivr.Number, "10010", "", "一万零一十", "ten thousand and ten"},
	{ivr.Number, "10500", "", "一万零五百", "ten thousand five hundred"},
	{ivr.Number, "12000", "", "一万二千", "twelve thousand"},
	{ivr.Number, "20000", "", "两万", "twenty thousand"},
	{ivr.Number, "22000", "", "两万二千", "twenty two thousand"},
	{ivr.Number, "100000", "", "十万", "one hundred thousand"},
	{ivr.Number, "105000", "", "十万五千", "one hundred and five thousand"},
	{ivr.Number, "120500", "", "十二万零五百", "one hundred and twenty thousand five hundred"},
	{ivr.Number, "220000", "", "二十二万", "two hundred and twenty thousand"},
	{ivr.Number, "1000000", "", "一百万", "one million"},
	{ivr.Number, "1000005", "", "一百万零五", "one million and five"},
	{ivr.Number, "2000000", "", "两百万", "two million"},
	{ivr.Number, "20000000", "", "两千万", "twenty million"},
	{ivr.Number, "100000000", "", "一亿", "one hundred million"},
	{ivr.Number, "100000001", "", "一亿零一", "one hundred million and one"},
	{ivr.Number, "100005000", "", "一亿零五千", "one hundred million five thousand"},
	{ivr.Number, "100100000", "", "一亿零一十万", "one hundred million one hundred thousand"},
	{ivr.Number, "112345678", "", "一亿一千二百三十四万五千六百七十八", "one hundred and twelve million three hundred and forty five thousand six hundred and seventy eight"},
	{ivr.Number, "200000000", "", "两亿", "two hundred million"},
	{ivr.Number, "220000000", "", "两亿二千万", "two hundred and twenty million"},
	{ivr.Number, "999999999", "", "九亿九千九百九十九万九千九百九十九", "nine hundred and ninety nine million nine hundred and ninety nine thousand nine hundred and ninety nine"},
	{ivr.Number, "-15", "", "负十五", "minus fifteen"},
	{ivr.Number, "007", "", "七", "seven"},

	{ivr.Digits, "0", "", "零", "zero"},
	{ivr.Digits, "10086", "", "幺零零八六", "one zero zero eight six"},
	{ivr.Digits, "138 0013-8000", "", "幺三八零零幺三八零零零", "one three eight zero zero one three eight zero zero zero"},
	{ivr.Digits, "2", "", "二", "two"},

	{ivr.Date, "2026-12-04", "", "十二月四日", "December fourth"},
	{ivr.Date, "2026-01-01", "", "一月一日", "January first"},
	{ivr.Date, "2027-02-22", "", "二月二十二日", "February twenty-second"},
	{ivr.Date, "2028-02-29", "", "二月二十九日", "February twenty-ninth"},
	{ivr.Date, "2026-10-31", "", "十月三十一日", "October thirty-first"},
	{ivr.Date, "2026-11-12", "", "十一月十二日", "November twelfth"},

	{ivr.Money, "23.50", "CNY", "二十三元五角", "twenty three yuan fifty"},
	{ivr.Money, "23.5", "CNY", "二十三元五角", "twenty three yuan fifty"},
	{ivr.Money, "23.55", "CNY", "二十三元五角五分", "twenty three yuan fifty five"},
	{ivr.Money, "23.05", "CNY", "二十三元零五分", "twenty three yuan zero five"},
	{ivr.Money, "23", "CNY", "二十三元", "twenty three yuan"},
	{ivr.Money, "23.00", "CNY", "二十三元", "twenty three yuan"},
	{ivr.Money, "0", "CNY", "零元", "zero yuan"},
	{ivr.Money, "-0.00", "CNY", "零元", "zero yuan"},
	{ivr.Money, "1", "CNY", "一元", "one yuan"},
	{ivr.Money, "2", "CNY", "两元", "two yuan"},
	{ivr.Money, "12", "CNY", "十二元", "twelve yuan"},
	{ivr.Money, "200", "CNY", "两百元", "two hundred yuan"},
	{ivr.Money, "2.22", "CNY", "两元两角二分", "two yuan twenty two"},
	{ivr.Money, "0.50", "CNY", "五角", "zero yuan fifty"},
	{ivr.Money, "0.02", "CNY", "两分", "zero yuan zero two"},
	{ivr.Money, "0.20", "CNY", "两角", "zero yuan twenty"},
	{ivr.Money, "1.02", "CNY", "一元零二分", "one yuan zero two"},
	{ivr.Money, "-12.3000", "CNY", "负十二元三角", "minus twelve yuan thirty"},
	{ivr.Money, "1", "USD", "一美元", "one dollar"},
	{ivr.Money, "1.01", "USD", "一美元一美分", "one dollar and one cent"},
	{ivr.Money, "2.02", "USD", "两美元两美分", "two dollars and two cents"},
	{ivr.Money, "0.99", "EUR", "九十九欧分", "ninety nine cents"},
	{ivr.Money, "105.10", "EUR", "一百零五欧元十欧分", "one hundred and five euros and ten cents"},
	{ivr.Money, "0.01", "GBP", "一便士", "one penny"},
	{ivr.Money, "-3.50", "GBP", "负三英镑五十便士", "minus three pounds and fifty pence"},
}

func words(t *testing.T, lang string, p ivr.Piece) []string {
	t.Helper()
	got, err := speech.Words(lang, p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWords(t *testing.T) {
	for _, tt := range wordCases {
		p := ivr.Piece{Kind: tt.kind, Value: tt.value, Unit: tt.unit}
		if got := strings.Join(words(t, "zh", p), ""); got != tt.zh {
			t.Errorf("%s %s%s in zh = %s; want %s", tt.kind, tt.value, tt.unit, got, tt.zh)
		}
		if got := strings.Join(words(t, "en", p), " "); got != tt.en {
			t.Errorf("%s %s%s in en = %q; want %q", tt.kind, tt.value, tt.unit, got, tt.en)
		}
	}
}

func TestWordsOfText(t *testing.T) {
	got := words(t, "fr", ivr.Piece{Kind: ivr.Text, Value: "  Bonjour,\n  à tous. "})
	if len(got) != 1 || got[0] != "Bonjour, à tous." {
		t.Errorf("Words = %q", got)
	}
}

func TestWordsOfARegion(t *testing.T) {
	if got := words(t, "zh-CN", ivr.Piece{Kind: ivr.Number, Value: "2"}); got[0] != "二" {
		t.Errorf("zh-CN reads 2 as %q", got)
	}
}

func TestWordsRefuse(t *testing.T) {
	for _, tt := range []struct {
		lang string
		p    ivr.Piece
		says string
	}{
		{"en", ivr.Piece{Kind: ivr.Number, Value: "1000000000"}, `number "1000000000": not a whole number`},
		{"en", ivr.Piece{Kind: ivr.Number, Value: "-1000000000"}, "at most 999999999"},
		{"en", ivr.Piece{Kind: ivr.Number, Value: "1.5"}, "not a whole number"},
		{"en", ivr.Piece{Kind: ivr.Number, Value: ""}, "not a whole number"},
		{"zh", ivr.Piece{Kind: ivr.Digits, Value: ""}, "not 1 to 64 digits"},
		{"zh", ivr.Piece{Kind: ivr.Digits, Value: "+86"}, "not 1 to 64 digits"},
		{"zh", ivr.Piece{Kind: ivr.Digits, Value: strings.Repeat("1", 65)}, "not 1 to 64 digits"},
		{"zh", ivr.Piece{Kind: ivr.Date, Value: "2026-02-29"}, "not a day"},
		{"zh", ivr.Piece{Kind: ivr.Date, Value: "4.12."}, "not a day"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1", Unit: "JPY"}, `currency "JPY" is none of`},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1"}, `currency "" is none of`},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1.234", Unit: "CNY"}, "more than two decimals"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1.", Unit: "CNY"}, "not an amount"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: ".5", Unit: "CNY"}, "not an amount"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1.-5", Unit: "CNY"}, "not an amount"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "--5", Unit: "CNY"}, "not an amount"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1,5", Unit: "CNY"}, "not an amount"},
		{"zh", ivr.Piece{Kind: ivr.Money, Value: "1000000000", Unit: "CNY"}, "not an amount of at most"},
		{"fr", ivr.Piece{Kind: ivr.Number, Value: "1"}, `language "fr"`},
		{"en", ivr.Piece{Kind: "song", Value: "1"}, "this kind of piece"},
	} {
		_, err := speech.Words(tt.lang, tt.p)
		if !errors.Is(err, speech.ErrPiece) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Words(%s, %+v) = %v; want %q", tt.lang, tt.p, err, tt.says)
		}
	}
}

// everything is enough values to need every recording of a language.
func everything() []ivr.Piece {
	var all []ivr.Piece
	add := func(k ivr.PieceKind, value, unit string) {
		all = append(all, ivr.Piece{Kind: k, Value: value, Unit: unit})
	}
	r := rand.New(rand.NewPCG(7, 7))
	for n := range 2000 {
		add(ivr.Number, strconv.Itoa(n), "")
		add(ivr.Number, strconv.Itoa(-r.IntN(1_000_000_000)), "")
		add(ivr.Number, strconv.Itoa(1<<r.IntN(29)*5/4), "")
	}
	for day := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2028; day = day.AddDate(0, 0, 1) {
		add(ivr.Date, day.Format(time.DateOnly), "")
	}
	for _, unit := range []string{"CNY", "USD", "EUR", "GBP"} {
		for cents := range 300 {
			add(ivr.Money, strconv.FormatFloat(float64(cents)/100, 'f', 2, 64), unit)
		}
	}
	add(ivr.Digits, "0123456789", "")
	return all
}

func TestPiecesAreAllThatIsNeeded(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		unused := map[string]bool{}
		for _, line := range speech.Pieces(lang) {
			if line.Lang != lang || line.Name == "" || unused[line.Text] {
				t.Errorf("piece %+v: twice, or without language or name", line)
			}
			unused[line.Text] = true
		}
		known := len(unused)
		used := map[string]bool{}
		for _, p := range everything() {
			for _, w := range words(t, lang, p) {
				if !unused[w] && !used[w] {
					t.Fatalf("%s: %+v needs %q, which is no piece", lang, p, w)
				}
				used[w] = true
				delete(unused, w)
			}
		}
		if len(unused) > 0 {
			t.Errorf("%s: of %d pieces nothing needs %v", lang, known, unused)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, tt := range wordCases {
		f.Add(string(tt.kind), tt.value, tt.unit)
	}
	pieces := map[string]bool{}
	for _, lang := range []string{"zh", "en"} {
		for _, line := range speech.Pieces(lang) {
			pieces[line.Text] = true
		}
	}
	f.Fuzz(func(t *testing.T, kind, value, unit string) {
		for _, lang := range []string{"zh", "en"} {
			p := ivr.Piece{Kind: ivr.PieceKind(kind), Value: value, Unit: unit}
			got, err := speech.Words(lang, p)
			if err != nil && !errors.Is(err, speech.ErrPiece) || err == nil && len(got) == 0 {
				t.Fatalf("Words(%s, %+v) = %q, %v", lang, p, got, err)
			}
			for _, w := range got {
				if p.Kind != ivr.Text && !pieces[w] {
					t.Fatalf("Words(%s, %+v) needs %q, which is no piece", lang, p, w)
				}
			}
		}
	})
}
