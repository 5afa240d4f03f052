package pacing

type Window struct{}
