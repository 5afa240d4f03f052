package twin

// ParseXML reads a document and returns the name of its root.
func ParseXML(text []byte) (string, error) {
	n, err := parseXML(text)
	if err != nil {
		return "", err
	}
	return n.name, nil
}

// Overrides reads the fragment of a URL.
func Overrides(address string) (retries int, err error) {
	m, err := mannerOf(address)
	return m.retries, err
}
