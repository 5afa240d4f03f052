package main

import (
	"errors"
	"fmt"
	"slices"
)

// checkAgents tells what is wrong with how agents are called: by a phone that
// registers with a password, or by a number.
func (c config) checkAgents() (errs []error) {
	for i, a := range c.Agents {
		if err := a.check(); err != nil {
			errs = append(errs, fmt.Errorf("agents[%d].%w", i, err))
		}
		carries := func(t trunkConfig) bool { return t.Name == a.Trunk }
		j := slices.IndexFunc(c.Trunks, carries)
		switch {
		case a.Trunk == "" || !a.Outside():
		case j < 0:
			errs = append(errs, fmt.Errorf("agents[%d].trunk: there is no trunk %q", i, a.Trunk))
		case c.Trunks[j].Kind != sipKind && c.Webhooks.SIP == "":
			errs = append(errs, fmt.Errorf("agents[%d].trunk: %s is of kind %s: set webhooks.sip, where its calls' sound comes to be joined", i, a.Trunk, c.Trunks[j].Kind))
		case !c.Trunks[j].Allow.Permit(a.Number):
			errs = append(errs, fmt.Errorf("agents[%d].number: trunk %s does not permit %s; add it to the trunk's allow", i, a.Trunk, string(a.Number)))
		}
	}
	return errs
}

func (a agentConfig) check() error {
	switch {
	case a.Outside() && a.Password != "":
		return errors.New("password: is of no use, as the agent is called by a number; write either of the two")
	case !a.Outside() && a.Password == "":
		return errors.New("password: is empty; anybody could take the agent's calls")
	}
	return nil
}
