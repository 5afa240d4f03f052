// Package agents knows who may take a call: presence, and the routing of
// waiting callers to agents. It is arithmetic: an agent's state is a function
// of what is stored, of what is connected, and of now.
package agents
