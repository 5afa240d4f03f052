package main

// benchCmd groups the measurements.
type benchCmd struct{}
