package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// source is one file that is not a test.
type source struct {
	path, pkg string
	file      *ast.File
}

func (s source) imports(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, spec := range s.file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", s.path, err)
		}
		paths = append(paths, path)
	}
	return paths
}

// sources parses the repository's own files, so that no cache can stay green
// after a forbidden import was added.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "tools" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		all = append(all, source{path: path, pkg: "careline/" + filepath.ToSlash(rel), file: file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d files; want the whole repository", len(all))
	}
	return all
}

func TestEveryPackageHasAFloor(t *testing.T) {
	for _, s := range sources(t) {
		if _, ok := floors[s.pkg]; !ok {
			t.Errorf("%s: package %s has no floor; give it one in floors.go", s.path, s.pkg)
		}
	}
}

func TestImportsGoDown(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range s.imports(t) {
			floor, ours := floors[path]
			if ours && floor >= floors[s.pkg] {
				t.Errorf("%s: %s (floor %d) imports %s (floor %d)", s.path, s.pkg, floors[s.pkg], path, floor)
			}
		}
	}
}

func TestLowFloorsArePure(t *testing.T) {
	for _, s := range sources(t) {
		if floors[s.pkg] > 1 && s.pkg != "careline/dialer/plan" {
			continue
		}
		for _, path := range s.imports(t) {
			if slices.Contains(pure, path) {
				t.Errorf("%s: %s (floor %d) imports %s", s.path, s.pkg, floors[s.pkg], path)
			}
		}
	}
}

func TestJudgeIsIndependent(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range s.imports(t) {
			if slices.Contains(independent[s.pkg], path) {
				t.Errorf("%s: %s imports %s, which it judges", s.path, s.pkg, path)
			}
		}
	}
}
