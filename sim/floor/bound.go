package floor

// BoundSource says where Bound is from.
const BoundSource = "Lagrange dual of a Markov decision problem that is told every release of the next 3 s (docs/adr/0015); exponential talks, no waiting, 3 % abandoned; loose"

// bounds are upper bounds of the utilisation, by agents and chance of an answer.
var bounds = map[int]map[float64]float64{
	5:  {0.1: 0.897, 0.3: 0.920, 0.5: 0.940},
	10: {0.1: 0.922, 0.3: 0.935, 0.5: 0.948},
	20: {0.1: 0.943, 0.3: 0.950, 0.5: 0.957},
	50: {0.1: 0.963, 0.3: 0.966, 0.5: 0.969},
}

// Bound returns an upper bound of the utilisation, 0..1, that any policy can
// reach in a scenario, and whether one is known.
func Bound(s Scenario) (float64, bool) {
	if s.Drift {
		return 0, false
	}
	b, known := bounds[s.Agents][s.Answer]
	return b, known
}
