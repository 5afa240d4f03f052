package storetest

import (
	"testing"
)

// Run tests a store on databases that url makes, each of them fresh: the
// promises of package store, whatever the database.
func Run(t *testing.T, url func(testing.TB) string) {
	t.Helper()
	for _, suite := range []map[string]func(*testing.T, func(testing.TB) string){
		claimTests, beginTests, endTests, callTests, inboundTests, recoverTests, nodeTests, seatTests,
		campaignTests, listTests, funnelTests, deskTests, crowdTests, trunkTests, capTests, banTests, traceTests, numberTests, previewTests, whyTests,
		importTests,
		policyTests, refusalTests,
		standingTests,
		hostedTests,
		recordingTests,
	} {
		for name, test := range suite {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, url)
			})
		}
	}
}

// tests are some of the suite, by name.
type tests = map[string]func(*testing.T, func(testing.TB) string)
