// Package pacing decides how many calls a predictive dialer places: enough that
// agents hardly wait, few enough that at most a small share of the people who
// answer find no agent.
//
// A Policy is told what happens, by Placed, Ringing, Answered, Ended, Abandoned
// and Agent, and asked by Calls how many calls to place now. From what it is
// told it learns how long telephones ring until they are answered, what chance
// of an answer there is, and how long agents talk and write up; it needs to be
// told none of it. It knows no clock, contacts, trunks or laws of a country: the
// time is handed in, the cap on abandoned calls and how it is counted are
// Options.
//
// # Units and order
//
// Shares and chances are 0..1, spans are time.Duration, calls and agents are
// named by strings of the caller's choice. Times shall not go back; where they
// do, the latest time seen counts. Calls may be asked at any interval, best each
// 0.1 s to 1 s, or after each event.
//
// A call is Placed, may be Ringing, may be Answered, and is Ended. A call that a
// person answered is taken to wait for an agent until some agent begins to talk
// (the longest waiting call is then served), or it is Abandoned or Ended. The
// agent's Talking may be reported shortly before Answered or after it. Ended may
// be reported when the call is handed to the agent, or after the talk, or not at
// all. Events that are repeated, missing, or name unknown calls are borne:
// lines and callers of whom nothing is heard are forgotten after some time.
//
// A Policy is not safe for concurrent use. What it decides depends on what it
// was told and on nothing else.
package pacing
