package main

// trunkCmd groups the commands on trunks.
type trunkCmd struct {
	List trunkListCmd `cmd:"" help:"Say which trunks can be used, and why not."`
	Test trunkTestCmd `cmd:"" help:"Find out step by step what is wrong with a trunk, beside a running service."`
}
