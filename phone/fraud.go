package phone

import "strings"

// Closed is a range that is not called unless it is listed by itself: calls
// there cost many times what others do, and who breaks in calls there first.
type Closed struct {
	Prefix string // E.164
	What   string // the range, for people
}

// closed is the table of such ranges, after what carriers close on their own
// accord: ITU-T E.164 assigned country codes (Operational Bulletin) for the
// global services, national numbering plans for premium rates, and the
// destinations that the CFCA's Fraud Loss Survey and the GSMA's lists of
// international revenue share fraud name year by year. A prefix that ends up
// too wide can be opened in a trunk's allow list; none is ever opened by a
// shorter entry.
var closed = []Closed{
	{"+870", "Inmarsat satellite"},
	{"+878", "universal personal numbers"},
	{"+881", "satellite networks"},
	{"+882", "international networks"},
	{"+883", "international networks"},
	{"+888", "disaster relief networks"},
	{"+979", "international premium rate"},

	{"+1900", "premium rate of North America"},
	{"+1976", "premium rate of North America"},
	{"+1242", "Bahamas"},
	{"+1246", "Barbados"},
	{"+1264", "Anguilla"},
	{"+1268", "Antigua and Barbuda"},
	{"+1284", "British Virgin Islands"},
	{"+1345", "Cayman Islands"},
	{"+1441", "Bermuda"},
	{"+1473", "Grenada"},
	{"+1649", "Turks and Caicos Islands"},
	{"+1658", "Jamaica"},
	{"+1664", "Montserrat"},
	{"+1721", "Sint Maarten"},
	{"+1758", "Saint Lucia"},
	{"+1767", "Dominica"},
	{"+1784", "Saint Vincent and the Grenadines"},
	{"+1809", "Dominican Republic"},
	{"+1829", "Dominican Republic"},
	{"+1849", "Dominican Republic"},
	{"+1868", "Trinidad and Tobago"},
	{"+1869", "Saint Kitts and Nevis"},
	{"+1876", "Jamaica"},

	{"+4470", "personal numbers of the United Kingdom"}, // pagers (+4476) among them
	{"+449", "premium rate of the United Kingdom"},
	{"+4487", "revenue share of the United Kingdom"},
	{"+3389", "premium rate of France"},
	{"+49900", "premium rate of Germany"},
	{"+49137", "mass calls of Germany"},
	{"+34803", "premium rate of Spain"},
	{"+34806", "premium rate of Spain"},
	{"+34807", "premium rate of Spain"},
	{"+34905", "mass calls of Spain"},
	{"+39899", "premium rate of Italy"},
	{"+39892", "premium rate of Italy"},
	{"+31900", "premium rate of the Netherlands"},
	{"+31906", "premium rate of the Netherlands"},
	{"+31909", "premium rate of the Netherlands"},
	{"+32900", "premium rate of Belgium"},
	{"+41900", "premium rate of Switzerland"},
	{"+41901", "premium rate of Switzerland"},
	{"+41906", "premium rate of Switzerland"},
	{"+43900", "premium rate of Austria"},
	{"+43930", "premium rate of Austria"},
	{"+61190", "premium rate of Australia"},

	{"+220", "Gambia"},
	{"+222", "Mauritania"},
	{"+224", "Guinea"},
	{"+231", "Liberia"},
	{"+232", "Sierra Leone"},
	{"+235", "Chad"},
	{"+239", "São Tomé and Príncipe"},
	{"+243", "Democratic Republic of the Congo"},
	{"+246", "Diego Garcia"},
	{"+247", "Ascension"},
	{"+252", "Somalia"},
	{"+257", "Burundi"},
	{"+261", "Madagascar"},
	{"+269", "Comoros"},
	{"+290", "Saint Helena"},
	{"+37167", "fixed lines of Latvia sold for revenue share"},
	{"+37190", "premium rate of Latvia"},
	{"+37270", "premium rate of Estonia"},
	{"+37290", "premium rate of Estonia"},
	{"+3708", "special rates of Lithuania"},
	{"+3709", "premium rate of Lithuania"},
	{"+42190", "premium rate of Slovakia"},
	{"+500", "Falkland Islands"},
	{"+509", "Haiti"},
	{"+53", "Cuba"},
	{"+592", "Guyana"},
	{"+670", "Timor-Leste"},
	{"+672", "Norfolk Island and Antarctica"},
	{"+674", "Nauru"},
	{"+675", "Papua New Guinea"},
	{"+676", "Tonga"},
	{"+677", "Solomon Islands"},
	{"+678", "Vanuatu"},
	{"+681", "Wallis and Futuna"},
	{"+682", "Cook Islands"},
	{"+683", "Niue"},
	{"+685", "Samoa"},
	{"+686", "Kiribati"},
	{"+687", "New Caledonia"},
	{"+688", "Tuvalu"},
	{"+690", "Tokelau"},
	{"+692", "Marshall Islands"},
	{"+850", "North Korea"},
	{"+960", "Maldives"},
}

// closedAt returns the closed range that a number is in; its Prefix is empty
// where there is none.
func closedAt(n Number) Closed {
	var longest Closed
	for _, c := range closed {
		if len(c.Prefix) > len(longest.Prefix) && strings.HasPrefix(string(n), c.Prefix) {
			longest = c
		}
	}
	return longest
}

// Closes lists the closed ranges that the list would let through by a shorter
// entry, and those that it opens by naming them.
func (p Prefixes) Closes() (closes, opens []Closed) {
	for _, c := range closed {
		switch size, permitted := p.longest(Number(c.Prefix)); {
		case !permitted || size <= 0:
		case size < len(c.Prefix):
			closes = append(closes, c)
		default:
			opens = append(opens, c)
		}
	}
	for _, entry := range p { // a part of a closed range that is named
		if c := closedAt(Number(entry)); c.Prefix != "" && len(entry) > len(c.Prefix) {
			opens = append(opens, Closed{entry, c.What})
		}
	}
	return closes, opens
}
