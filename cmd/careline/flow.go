package main

// flowCmd groups the commands on flow files.
type flowCmd struct{}
