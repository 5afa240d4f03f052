// Package speech turns what a flow says into sound: a Library finds the
// recording of every text and joins numbers, dates and amounts from recorded
// pieces, and Render makes the recordings that are missing with a synthesiser.
//
// On a call only files are read; nothing is ever synthesised there. The package
// knows Chinese and English numbers, the layout of a prompts directory and how
// to run a synthesiser. It does not know flows, calls or the network.
package speech
