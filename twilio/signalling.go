package twilio

import "net/netip"

// Signalling are the addresses that Twilio sends SIP from, as listed at
// https://www.twilio.com/docs/sip-trunking/ip-addresses.
func Signalling() []netip.Prefix {
	ranges := []string{
		"54.172.60.0/30", "54.244.51.0/30", // North America
		"54.171.127.192/30", "35.156.191.128/30", // Europe
		"54.65.63.192/30", "54.169.127.128/30", "54.252.254.64/30", // Asia and Oceania
		"177.71.206.192/30", // South America
	}
	list := make([]netip.Prefix, 0, len(ranges))
	for _, p := range ranges {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}
