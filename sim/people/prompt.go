package people

// Prompt is one entry of the book: a sound that people recognise, and what
// they do when they heard it to its end.
//
// It is found at any place of what arrives, in either law, at any loudness, and
// with packets missing. Where several end together the longest counts.
type Prompt struct {
	Label    string  // such as "contract-expiry/offer"; once for each language
	Language string  // such as "zh"
	Samples  []int16 // at 8000 Hz, as the service plays it; at least 100 ms of sound

	// Choices are the keys that a person of each persona may press, with their
	// weights: "0" to "9", "*" and "#", several of them pressed one after
	// another, Nothing or HangUp. The entry of Complies stands for personas
	// without one, but Silent presses nothing then, WantsAgent 0 and OptsOut 9
	// if anyone may press that. PressesBad begins with a key that nobody may
	// press; a weight of 0 says that a key is offered without choosing it.
	Choices map[Persona]Choices
}

// Choices are weights of what a person may do, such as {"1": 0.86, "2": 0.14}.
type Choices map[string]float64

// What a person may do besides pressing keys.
const (
	Nothing = ""       // waits for what comes next
	HangUp  = "hangup" // ends the call
)
