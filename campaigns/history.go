package campaigns

import "time"

// History is a contact with what happened to it.
type History struct {
	Contact
	First, Last     time.Time         // attempts begun; zero before the first
	Answered, Ended time.Time         // of the latest attempt that was answered; of the latest one
	Results         map[string]string // the latest value of each
}
