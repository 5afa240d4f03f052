package speech

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// ErrIndex is the cause of errors about an index.tsv that cannot be read.
var ErrIndex = errors.New("not a usable prompt index")

// indexName is the file of a language that says which recording says what.
const indexName = "index.tsv"

// entry is one line of an index.
type entry struct {
	file     string // in the index's directory
	text     string
	voice    string // who spoke it; empty for a recording made by hand
	checksum string // of the file as it was rendered; empty likewise
}

// index is which recording says what, by text.
type index map[string]entry

// readIndex reads lines of two to four columns with tabs between them: file,
// text, voice, checksum. Empty lines and those that begin with # say nothing.
// Errors name the line.
func readIndex(r io.Reader) (index, error) {
	idx := index{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff") // as spreadsheets write it
		}
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if other, ok := idx[e.text]; ok {
			return nil, fmt.Errorf("line %d: %q is said by %s already: %w", n, e.text, other.file, ErrIndex)
		}
		idx[e.text] = e
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return idx, nil
}

func parseEntry(line string) (entry, error) {
	columns := append(strings.Split(line, "\t"), "", "")
	e := entry{file: strings.TrimSpace(columns[0]), text: tidy(columns[1])}
	switch {
	case len(columns) == 3:
		return entry{}, fmt.Errorf("no tab between file and text: %w", ErrIndex)
	case len(columns) > 6:
		return entry{}, fmt.Errorf("%d columns, more than file, text, voice and checksum: %w", len(columns)-2, ErrIndex)
	case !fs.ValidPath(e.file) || e.file == "." || strings.ContainsAny(e.file, `/\`), e.file[0] == '#':
		return entry{}, fmt.Errorf("%q is not the name of a file beside the index: %w", e.file, ErrIndex)
	case e.text == "":
		return entry{}, fmt.Errorf("%s has no text: %w", e.file, ErrIndex)
	}
	e.voice, e.checksum = strings.TrimSpace(columns[2]), strings.TrimSpace(columns[3])
	return e, nil
}

// bytes writes the index, sorted by file.
func (idx index) bytes() []byte {
	var b bytes.Buffer
	b.WriteString("# file\ttext\tvoice\tchecksum\n")
	byFile := func(a, b entry) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.text, b.text)) }
	for _, e := range slices.SortedFunc(maps.Values(idx), byFile) {
		b.WriteString(strings.TrimRight(strings.Join([]string{e.file, e.text, e.voice, e.checksum}, "\t"), "\t") + "\n")
	}
	return b.Bytes()
}

// openIndex reads the index of a language; one that is not there is empty.
func openIndex(files fs.FS, lang string) (index, error) {
	name := lang + "/" + indexName
	b, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return index{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read prompt index: %w", err)
	}
	idx, err := readIndex(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return idx, nil
}
