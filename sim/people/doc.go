// Package people is a telephone network in a box: a carrier with a virtual
// person behind every number, and agents' phones, on real SIP and real RTP.
//
// People act on the sound that reaches them. They know the prompts of a Book
// by their samples, press keys after they heard one to its end, talk with an
// agent, lose patience, hang up. What a person does follows from the seed, the
// number and how often it was rung, so a run can be repeated.
//
// It is an independent judge of the service: it uses sipgo's messages and
// parser, and RTP packets, and none of the service's own signalling, flows,
// dialing or storage. Its transactions, dialogs and SDP are its own, so that a
// fault of the service's is not shared by whom it talks to. Everything that is
// received and done is kept in a diary, which the caller compares with what the
// service says of itself.
//
// One loop owns all calls and one clock sends all packets; only reading has a
// goroutine for each socket.
package people
