package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// benchProcess is the service that is measured, in a process of its own. It is
// asked by lines.
type benchProcess struct {
	in      io.WriteCloser
	lines   *bufio.Reader
	process *exec.Cmd
	stopped bool
}

// startBenchService starts it. What it says first is where it listens.
func startBenchService(a *app, config string, args ...string) (*benchProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	p := &benchProcess{process: exec.CommandContext(a.ctx, self, append([]string{"--config", config, "bench", "service"}, args...)...)}
	p.process.Stderr = a.err
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	if p.in, err = p.process.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	if err = p.process.Start(); err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	p.lines = bufio.NewReader(out)
	return p, nil
}

// ask has the service say what it has spent.
func (p *benchProcess) ask(what string) (serviceSays, error) {
	if _, err := fmt.Fprintln(p.in, what); err != nil {
		return serviceSays{}, fmt.Errorf("ask the service: %w", err)
	}
	return p.hear()
}

func (p *benchProcess) hear() (says serviceSays, err error) {
	line, err := p.lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &says)
	}
	if err != nil {
		return says, fmt.Errorf("hear the service: %w", err)
	}
	return says, nil
}

// stop ends the service, as it should end.
func (p *benchProcess) stop() {
	if p == nil || p.stopped {
		return
	}
	p.stopped = true
	_ = p.in.Close()
	_, _ = io.Copy(io.Discard, p.lines)
	_ = p.process.Wait()
}

// writeBenchFiles writes files into a folder, by their names.
func writeBenchFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
