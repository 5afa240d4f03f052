package people

import "fmt"

// DrawPersona is how a number takes an attempt, without dialing it.
func DrawPersona(o Options, number string, attempt int) Persona {
	o = o.withDefaults()
	return o.callee(Subscriber{Number: number}, attempt).persona
}

// ReadSession reads a session description and writes what was understood.
func ReadSession(body []byte) (string, error) {
	s, err := parseSession(body)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%v %v %d %v", s.addr, s.codecs, s.events, s.hold), nil
}
