package campaigns

// ParseDefinition reads a campaign file. name is used in errors, which give
// file:line of everything that is wrong.
func ParseDefinition(name string, text []byte) (Definition, error) {
	return Definition{}, nil
}
