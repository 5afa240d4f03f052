package examples_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"careline/campaigns"
	"careline/examples"
)

// commented matches what is a key when the sign is taken away.
var commented = regexp.MustCompile(`(?m)^( *)# ( *(?:[a-z_0-9]+:|- ))`)

func TestCampaignsAreRight(t *testing.T) {
	files, err := fs.Glob(examples.FS(), "campaigns/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("campaigns: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(examples.FS(), file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := campaigns.ParseDefinition(file, text); err != nil {
			t.Error(err)
		}
	}
}

// What the first example has as comments is right when the sign is taken away,
// but for the hours, which are there twice then; and it shows every key.
func TestCampaignShowsEveryKey(t *testing.T) {
	const file = "campaigns/contract-expiry.yaml"
	raw, err := fs.ReadFile(examples.FS(), file)
	if err != nil {
		t.Fatal(err)
	}
	text := commented.ReplaceAllString(string(raw), "$1$2")
	hours := regexp.MustCompile(`(?m)^hours: \{.*\n`)
	if !hours.MatchString(text) || !strings.Contains(text, "\nexpires: ") {
		t.Fatal("no comment was taken away")
	}
	if _, err = campaigns.ParseDefinition(file, []byte(hours.ReplaceAllString(text, ""))); err != nil {
		t.Error(err)
	}
	_, err = campaigns.ParseDefinition("x.yaml", []byte("nothing: 1\n"))
	if err == nil {
		t.Fatal("a key that is not there is taken")
	}
	_, keys, found := strings.Cut(strings.SplitN(err.Error(), "\n", 2)[0], "there are ")
	if !found {
		t.Fatal(err)
	}
	for key := range strings.SplitSeq(keys, ", ") {
		if !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(text) {
			t.Errorf("%s does not show %s", file, key)
		}
	}
}
