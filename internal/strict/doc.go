// Package strict reads YAML files key by key: a key that is not known, or is
// there twice, and a value out of its bounds are errors that name the file and
// the line. All that is wrong is found in one reading.
package strict
