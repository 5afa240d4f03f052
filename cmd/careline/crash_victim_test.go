package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// victim is careline serve in a process of its own.
type victim struct {
	cmd   *exec.Cmd
	leash io.Closer
	gone  chan struct{} // closed when the process has ended and been waited for
	err   error         // how, once it is
}

// serve starts the service; its log is appended to that of earlier ones.
func (w *crashWorld) serve() *victim {
	w.Helper()
	v, err := startVictim(w, w.config, filepath.Join(w.dir, "serve.log"))
	if err != nil {
		w.Fatal("start the service:", err)
	}
	w.Cleanup(v.kill)
	return v
}

func startVictim(t testing.TB, config, log string) (*victim, error) {
	t.Helper()
	v := &victim{cmd: careline(t, "--config", config, "serve"), gone: make(chan struct{})}
	v.cmd.Env = append(v.cmd.Env, asCommand+"="+leashed)
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	v.cmd.Stdout, v.cmd.Stderr = out, out
	if v.leash, err = v.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := v.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		v.err = v.cmd.Wait()
		close(v.gone)
	}()
	return v, nil
}

// kill ends the process as a power failure would, and returns when it is gone.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill() // that it has ended already is as good
	<-v.gone
}

// end has the service finish its work, and returns an error when it does not
// end as it should.
func (v *victim) end(within time.Duration) error {
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-v.gone:
		return v.err
	case <-time.After(within):
		return fmt.Errorf("it still runs %v after SIGTERM", within)
	}
}
