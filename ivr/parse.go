package ivr

import "errors"

// Parse reads a flow file. name is what problems call the file.
//
// The file is read strictly. When anything is wrong with it the error is a
// Problems that holds all that was found, and errors.Is(err, ErrInvalid).
func Parse(name string, text []byte) (*Flow, error) {
	_ = text
	return nil, errors.New(name + " is not read yet")
}
