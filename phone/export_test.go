package phone

// What tests see of the two ways in which numbers are read.
var (
	Quick    = quick
	Thorough = thorough
)
