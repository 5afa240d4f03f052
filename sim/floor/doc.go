// Package floor is a call centre's floor in numbers: agents, lines, and people
// who answer or do not, day after day in virtual time, and the judge of dialing
// policies.
//
// It knows the laws by which telephones ring and people talk, and keeps its own
// counts. A policy is told what happens and asked how many calls to place; what
// it thinks of itself is not looked at. Beside it stand policies to compare
// with: progressive, a fixed ratio, VICIdial's adaptive methods, and a reference
// that is told the laws.
package floor
