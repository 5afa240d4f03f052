package people

// DrawPersona is how a number takes an attempt, without dialing it.
func DrawPersona(o Options, number string, attempt int) Persona {
	o = o.withDefaults()
	return o.callee(Subscriber{Number: number}, attempt).persona
}
