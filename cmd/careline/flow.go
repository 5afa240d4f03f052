package main

// flowCmd groups the commands on flow files.
type flowCmd struct {
	Check flowCheckCmd `cmd:"" help:"Say what is wrong with flow files, by line."`
	Run   flowRunCmd   `cmd:"" help:"Be the caller of a flow, in the terminal."`
}
