package dialog

// Sources returns how many addresses sipgo keeps for UDP.
func Sources(e *Endpoint) int { return e.ua.TransportLayer().Pool("udp").Size() }
