package spec

// Network is a row of the addresses that SIP comes from.
type Network struct {
	Region, Prefix string
	Media          bool // UDP 10000 to 60000; else signalling, 5060 by UDP and TCP and 5061 by TLS
	Source
}

// Networks are where SIP and its sound come from.
var Networks = []Network{
	{"us1", "54.172.60.0/30", false, from(pageAddresses)},
	{"us2", "54.244.51.0/30", false, from(pageAddresses)},
	{"ie1", "54.171.127.192/30", false, from(pageAddresses)},
	{"de1", "35.156.191.128/30", false, from(pageAddresses)},
	{"jp1", "54.65.63.192/30", false, from(pageAddresses)},
	{"sg1", "54.169.127.128/30", false, from(pageAddresses)},
	{"au1", "54.252.254.64/30", false, from(pageAddresses)},
	{"br1", "177.71.206.192/30", false, from(pageAddresses)},
	{"all", "168.86.128.0/18", true, from(pageAddresses)},
}

// HeaderRow is a row of what a SIP URI in a document may carry and of what an
// INVITE bears.
type HeaderRow struct {
	Name string // a name, or a prefix when it ends in a dash
	Says string
	Source
}

// URIHeaders are the headers that a SIP URI may ask for, behind its question mark.
var URIHeaders = []HeaderRow{
	{"x-", "any, upper or lower case", from(pageSip)},
	{"User-to-User", "as it is", from(pageSip)},
	{"Remote-Party-ID", "as it is", from(pageSip)},
	{"P-Preferred-Identity", "as it is", from(pageSip)},
	{"P-Called-Party-ID", "as it is", from(pageSip)},
}

// URIParameters are the parameters of a SIP URI that Twilio takes for itself.
var URIParameters = []HeaderRow{
	{"transport", "udp, tcp or tls; udp when it is not there", from(pageSip)},
	{"region", "us1, us2, ie1, de1, sg1, jp1, br1 or au1; us1 when it is not there", from(pageSip)},
	{"edge", "as region, by the names of edges", unsure(docs+"voice/api/sip-interconnect", "which names, but for those of Interconnect")},
}

// InviteHeaders are what an INVITE of Twilio bears of its own.
var InviteHeaders = []HeaderRow{
	{"X-Twilio-AccountSid", "the account", unsure(pageSip, "the name; the page says that the INVITE has the account")},
	{"X-Twilio-CallSid", "the leg to the SIP address", unsure(pageSip, "the name; the page says that the INVITE has the call")},
	{"X-Twilio-ApiVersion", "2010-04-01", unsure(pageSip, "the name; the page says that the INVITE has the version")},
}

// Price is a row of what Twilio charges.
type Price struct {
	Of, Amount, Unit, Read string // the day of what was read
	Source
}

// Prices are for the documentation; an account has its own.
var Prices = []Price{
	{"machine detection", "0.0075", "USD per answered call", "2026-07-20", unsure(pagePricing, "the amount, which others read on the price page that day and an older copy of the page on detection has")},
	{"call to the United States", "0.014", "USD per minute begun", "", unsure(pagePricing, "the amount, which was read nowhere")},
	{"SIP leg", "0.004", "USD per minute begun", "", unsure(pagePricing, "the amount, which was read nowhere")},
	{"call to mainland China", "", "not offered since 2023-11-30", "2023-09", unsure(pagePricing, "all: it stands in support.twilio.com article 360016488474")},
}
