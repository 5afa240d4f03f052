package agents

import (
	"errors"
	"fmt"

	"careline/phone"
)

// checkNumber tells what is wrong with the number by which an agent is called.
func (a Agent) checkNumber() error {
	switch n, err := phone.Parse(string(a.Number), ""); {
	case !a.Outside() && a.Trunk != "":
		return errors.New("trunk: is for an agent who is called by a number, and there is none")
	case !a.Outside():
		return nil
	case err != nil || n != a.Number:
		return fmt.Errorf("number: %q is no number in international format, as +8613800138000", string(a.Number))
	case a.Trunk == "":
		return errors.New("trunk: is needed to call the agent's number")
	case a.AutoAnswer:
		return errors.New("auto_answer: only a registered phone can be asked to answer by itself")
	}
	return nil
}
