// Package examples carries the example flows, prompts and lists in the binary,
// so that the demonstration needs no files beside it.
//
// It knows nothing of what they mean.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed careline.yaml contacts.csv campaigns demo flows prompts
var files embed.FS

// FS is everything under examples: flows/*.yaml, prompts, the contact list and
// the configuration.
func FS() fs.FS { return files }

// Prompts is the directory prompts: one directory for each language, and music.
func Prompts() (fs.FS, error) { return fs.Sub(files, "prompts") }
