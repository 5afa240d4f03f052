package campaigns

// IsComplete tells whether the results make an interview complete: all that the
// definition names are there. Where it names none, having been reached is
// enough.
func (d Definition) IsComplete(results map[string]string) bool { return false }

// IsSuccess tells whether the results mean yes: every result that the
// definition names has one of its values. Where it names none nothing does.
func (d Definition) IsSuccess(results map[string]string) bool { return false }

// IsHeldOut draws a share, 0..1, of customers who are never called, for
// comparison. The draw depends on nothing but the customer and the campaign.
func IsHeldOut(customerKey string, campaign ID, share float64) bool { return false }
