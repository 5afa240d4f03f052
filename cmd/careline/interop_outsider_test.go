package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"careline/audio"
)

// outsider is a program of others.
type outsider struct {
	testing.TB
	name  string
	dir   string // it works here
	cmd   *exec.Cmd
	input io.WriteCloser
	gone  chan struct{} // closed when it has ended
	err   error         // how, once it has
}

// newOutsider starts a program in a folder of its own below the house's, which
// ends with the test.
func (h *house) newOutsider(dir, name string, args ...string) *outsider {
	h.Helper()
	o := &outsider{TB: h, name: name, dir: dir, cmd: exec.Command(needed(h, name), args...), gone: make(chan struct{})}
	out, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		h.Fatal(err)
	}
	defer out.Close()
	o.cmd.Dir, o.cmd.Stdout, o.cmd.Stderr = dir, out, out
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if o.input, err = o.cmd.StdinPipe(); err != nil {
		h.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		h.Fatalf("start %s: %v", name, err)
	}
	go func() {
		o.err = o.cmd.Wait()
		close(o.gone)
	}()
	h.Cleanup(o.kill)
	return o
}

// needed is where a program is.
func needed(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil { // not everybody's PATH has the folder of servers
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		packages := map[string]string{"sipp": "sip-tester", "baresip": "baresip", "stdbuf": "coreutils", "kamailio": "kamailio", "linphonec": "linphone-cli"}
		tb.Fatalf("the program %s is missing; install it: apt-get install %s (make test does so)", name, packages[name])
	}
	return path
}

// kill ends it as a power failure would.
func (o *outsider) kill() {
	_ = syscall.Kill(-o.cmd.Process.Pid, syscall.SIGKILL) // and its children; that it has ended is as good
	<-o.gone
}

// wait waits for its own end.
func (o *outsider) wait(limit time.Duration) error {
	select {
	case <-o.gone:
		return o.err
	case <-time.After(limit):
		return fmt.Errorf("%s still runs after %v", o.name, limit)
	}
}

// printed is what it has said.
func (o *outsider) printed() string {
	text, err := os.ReadFile(filepath.Join(o.dir, o.name+".log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// sipp runs a scenario of testdata/sipp at an address, for so many calls. It
// echoes the sound that it hears.
func (h *house) sipp(scenario, at string, calls int, args ...string) *outsider {
	h.Helper()
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		h.Fatal(err)
	}
	file, err := filepath.Abs("testdata/sipp/" + scenario + ".xml")
	if err != nil {
		h.Fatal(err)
	}
	dir := h.path(scenario)
	for _, key := range "0123456789" {
		h.write(filepath.Join(scenario, fmt.Sprintf("key%c.pcap", key)), pcapOfKey(byte(key-'0')))
	}
	args = append([]string{
		"-sf", file, "-i", host, "-p", port, "-bind_local", "-mi", host, "-mp", "30000", "-rtp_echo",
		"-ci", host, "-cp", "8888", "-nostdin", "-m", strconv.Itoa(calls), "-timeout", "80s", "-timeout_error",
		"-trace_stat", "-stf", "stat.csv", "-trace_err", "-error_file", "errors.log",
	}, args...)
	return h.newOutsider(dir, "sipp", args...)
}

// tally waits for sipp's end, and returns its own figures.
func (o *outsider) tally() map[string]int {
	o.Helper()
	err := o.wait(90 * time.Second)
	complaints, _ := os.ReadFile(filepath.Join(o.dir, "errors.log"))
	if err != nil {
		o.Errorf("sipp: %v\n%s%s", err, complaints, hint(o.printed()+string(complaints)))
	}
	text, err := os.ReadFile(filepath.Join(o.dir, "stat.csv"))
	if err != nil {
		o.Fatal("sipp's figures:", err)
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.Comma, r.FieldsPerRecord = ';', -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		o.Fatalf("sipp's figures: %d lines: %v", len(rows), err)
	}
	figures := make(map[string]int)
	for i, name := range rows[0] {
		if n, err := strconv.Atoi(rows[len(rows)-1][i]); err == nil {
			figures[name] = n
		}
	}
	return figures
}

// hint explains what sipp says without saying it.
func hint(complaint string) string {
	if strings.Contains(complaint, "raw") && os.Geteuid() != 0 {
		return "sipp sends keys from raw sockets: run the tests as root, or setcap cap_net_raw+ep $(command -v sipp)\n"
	}
	return ""
}

// softphone is baresip, which stdbuf lets speak line by line. It answers by itself, talks in a tone of its own and
// records what it hears.
type softphone struct{ *outsider }

const softphoneConfig = `
sip_listen      %s
net_interface   %s
audio_source    aufile,%s
audio_srate     8000
audio_channels  1
snd_path        %s
rtp_ports       31000-31999
module_path     %s
module          stdio.so
module          g711.so
module          aufile.so
module          sndfile.so
module_app      account.so
module_app      menu.so
`

// softphoneVoice is the pair of tones that a softphone talks in.
var softphoneVoice = []float64{800, 1500}

// softphone plugs a phone in at an address. The account is as baresip writes
// it, such as "<sip:lina@host>;auth_pass=secret"; more are further lines of its
// configuration.
func (h *house) softphone(name, at, account string, more ...string) *softphone {
	h.Helper()
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		h.Fatal(err)
	}
	voice := h.wav(name+"/voice.wav", audio.Tone{Hz: softphoneVoice, Level: -16}.PCM(time.Minute))
	h.write(name+"/config", fmt.Sprintf(softphoneConfig, at, host, voice, h.path(name), softphoneModules(h))+strings.Join(more, "\n")+"\n")
	h.write(name+"/accounts", account+";answermode=auto;audio_codecs=PCMA/8000/1,PCMU/8000/1\n")
	h.write(name+"/contacts", "")
	p := &softphone{h.newOutsider(h.path(name), "stdbuf", "-oL", needed(h, "baresip"), "-f", h.path(name), "-t", "120")}
	p.says("baresip is ready", 1)
	return p
}

// agentPhone plugs in and registers the phone of an agent, and has it dial *1.
func (h *house) agentPhone(agent string) *softphone {
	h.Helper()
	p := h.softphone("phone-"+agent, ownIP()+":5070",
		fmt.Sprintf("<sip:%s@%s;transport=udp>;auth_pass=%s-secret;regint=60", agent, h.service, agent))
	h.ready(p, agent)
	return p
}

// ready waits until a phone has registered, and has it dial *1.
func (h *house) ready(p *softphone, agent string) {
	h.Helper()
	p.says("registered successfully", 1)
	p.command("/dial *1")
	await(h, generous, "the agent to be ready", func() bool { return h.logged("wish=ready", agent) > 0 })
	p.over(1)
}

func softphoneModules(tb testing.TB) string {
	tb.Helper()
	found, err := filepath.Glob("/usr/lib*/baresip/modules/sndfile.so")
	if deeper, _ := filepath.Glob("/usr/lib/*/baresip/modules/sndfile.so"); len(found) == 0 {
		found = deeper
	}
	if err != nil || len(found) == 0 {
		tb.Fatal("baresip's modules are missing; install it: apt-get install baresip (make test does so)")
	}
	return filepath.Dir(found[0])
}

// command types a line, such as "/dial 1861"; of keys, each is pressed.
func (p *softphone) command(line string) {
	p.Helper()
	if _, err := io.WriteString(p.input, line+"\n"); err != nil {
		p.Fatalf("type %s into baresip: %v", line, err)
	}
}

// says waits until it has said something so often.
func (p *softphone) says(text string, times int) {
	p.Helper()
	await(p, generous, fmt.Sprintf("baresip to say %q the %d. time", text, times), func() bool {
		return strings.Count(p.printed(), text) >= times
	})
}

// over waits until so many of its calls are over.
func (p *softphone) over(calls int) {
	p.Helper()
	await(p, generous, fmt.Sprintf("the end of baresip's %d. call", calls), func() bool {
		said := p.printed()
		return strings.Count(said, "session closed")+strings.Count(said, "call: terminate call") >= calls
	})
}

// heard is what it has recorded of its latest call, which must be over.
func (p *softphone) heard() []int16 {
	p.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil || len(files) == 0 {
		p.Fatalf("baresip has recorded nothing: %v", errors.Join(err, os.ErrNotExist))
	}
	slices.Sort(files)
	var pcm []int16
	await(p, generous, "baresip to close its recording", func() bool {
		pcm = readWAV(p, files[len(files)-1]).Line() // the length is written last
		return len(pcm) > 0
	})
	return pcm
}

// readWAV reads a recording.
func readWAV(tb testing.TB, path string) audio.Sound {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal("open a recording:", err)
	}
	defer f.Close()
	s, err := audio.ReadWAV(f)
	if err != nil {
		tb.Fatalf("read %s: %v", path, err)
	}
	return s
}
