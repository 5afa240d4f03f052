package dialog

import "careline/sip/grammar"

// URI writes a SIP URI of any text as its user, such as a number with a prefix of
// digits and signs. host may have a port.
func URI(user, host string) string { return "sip:" + grammar.UserPart(user) + "@" + host }
