package floor

import (
	"context"

	"careline/dialer/pacing"
)

// Method is a way to pace calls.
type Method string

// The methods that are compared.
const (
	Learner     Method = "careline"                // dialer/pacing, told no laws
	Reference   Method = "reference"               // told the laws
	Progressive Method = "progressive"             // one line for each idle agent
	BestRatio   Method = "best idle ratio"         // the best one in hindsight
	VICIdial    Method = "vicidial adapt_hard"     // with its defaults
	VICIdialAO  Method = "vicidial available only" // the same, its ratio on idle agents only
)

// Methods are all of them.
var Methods = []Method{Learner, Reference, BestRatio, VICIdialAO, VICIdial, Progressive}

// Dial runs a scenario by a method. ratio is that of BestRatio.
func (m Method) Dial(ctx context.Context, s Scenario, ratio float64) (Counts, error) {
	switch m {
	case Reference:
		return Run(ctx, s, NewReference(s))
	case Progressive:
		return Run(ctx, s, NewRatio(1))
	case BestRatio:
		return Run(ctx, s, NewRatio(ratio))
	case VICIdial:
		return Run(ctx, s, NewVICIdial(false))
	case VICIdialAO:
		return Run(ctx, s, NewVICIdial(true))
	default:
		return Run(ctx, s, NewLearner(pacing.Options{}))
	}
}

// Where and how the best ratio is looked for.
const (
	ratioStep   = 0.25
	mostRatio   = 20.0
	searchDays  = 4
	searchSeeds = 3
	otherSeeds  = 1 << 20 // no campaign that is compared has such a seed
	highestRate = 0.03
)

// SearchRatio returns the largest ratio of lines to idle agents at which at most
// 3 % were abandoned, in campaigns of other seeds.
func SearchRatio(ctx context.Context, s Scenario) (float64, error) {
	low, high := int(1/ratioStep), int(mostRatio/ratioStep)
	for low < high {
		middle := (low + high + 1) / 2
		rate, err := searchRate(ctx, s, float64(middle)*ratioStep)
		if err != nil {
			return 0, err
		}
		if rate <= highestRate {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return float64(low) * ratioStep, nil
}

func searchRate(ctx context.Context, s Scenario, ratio float64) (float64, error) {
	var all Counts
	s.Days = searchDays
	for seed := range searchSeeds {
		s.Seed = otherSeeds + uint64(seed)
		c, err := Run(ctx, s, NewRatio(ratio))
		if err != nil {
			return 0, err
		}
		all.Answered += c.Answered
		all.Abandoned += c.Abandoned
	}
	return all.Rate(), nil
}
