package progress

// Signal is something that the network says by sound. Its text is what is
// stored.
type Signal string

// The signals. A SIT that names no cause says only that an announcement follows.
const (
	Busy         Signal = "busy_tone"
	Congestion   Signal = "congestion_tone"
	Unobtainable Signal = "unobtainable_tone" // the number does not exist
	SIT          Signal = "sit"
	SITIntercept Signal = "sit_intercept" // the number has changed, or is out of service
	SITVacant    Signal = "sit_vacant"    // the number does not exist
	SITReorder   Signal = "sit_reorder"   // the network could not complete the call
	SITNoCircuit Signal = "sit_no_circuit"
)

// cadence is a tone that is on and off in turn, in ms. Sources: Asterisk's
// indications.conf.sample for us, cn and uk; ITU-T E.180 for 425 Hz, as most of
// Europe has it.
type cadence struct {
	tone    tone
	on, off int
	signal  Signal
}

var cadences = []cadence{
	{us, 500, 500, Busy},
	{us, 250, 250, Congestion},
	{cn, 350, 350, Busy},
	{cn, 700, 700, Congestion},
	{uk, 375, 375, Busy},
	{eu, 500, 500, Busy},
	{eu, 250, 250, Congestion},
}

// unobtainable is China's tone for a number that does not exist, in ms: three
// short, one long.
var unobtainable = [...]int{100, 100, 100, 400}

// code is what a SIT of North America means. The first two of its tones are long
// or short, and high or low; the third is always the same. Two more codes are
// unassigned.
type code struct {
	long, high [2]bool
	signal     Signal
}

// Source: Telcordia's table as given by gbppr.ddns.net/2600/touch_tone.txt.
var codes = []code{
	{[2]bool{false, false}, [2]bool{false, false}, SITIntercept},
	{[2]bool{true, false}, [2]bool{true, false}, SITVacant},
	{[2]bool{false, true}, [2]bool{false, true}, SITReorder},   // within the local network
	{[2]bool{false, true}, [2]bool{true, false}, SITReorder},   // of a long-distance carrier
	{[2]bool{true, true}, [2]bool{true, true}, SITNoCircuit},   // within the local network
	{[2]bool{true, true}, [2]bool{false, false}, SITNoCircuit}, // of a long-distance carrier
}
