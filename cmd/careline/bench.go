package main

// benchCmd groups the measurements.
type benchCmd struct {
	Media  benchMediaCmd  `cmd:"" help:"Play a prompt to many calls at once: CPU per call, drift and lateness at the far end."`
	FarEnd benchFarEndCmd `cmd:"" hidden:"" help:"The far end of bench media, in a process of its own."`
}
