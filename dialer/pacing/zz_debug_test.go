package pacing
