package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/audio"
)

// linphone is linphonec, the softphone's command line. It plays a tone of its own
// and records what it hears.
type linphone struct{ *outsider }

const linphoneConfig = `
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
default_proxy=0
verify_server_certs=1
root_ca=%s
media_encryption=%s
media_encryption_mandatory=%d
guess_hostname=1
use_ipv6=0
[rtp]
audio_rtp_port=-1
[net]
force_ice_disablement=1
[app]
auto_download_incoming_files_max_size=-1
[misc]
log_collection_upload_server_url=
[proxy_0]
reg_proxy=<sip:%s;transport=%s>
reg_identity=sip:%s@%s
reg_expires=60
reg_sendregister=1
publish=0
[auth_info_0]
username=%s
passwd=%s-secret
`

// linphone plugs in the phone of an agent.
func (h *house) linphone(agent, at, transport, srtp, ca string) *linphone {
	h.Helper()
	dir := "linphone-" + agent
	mandatory := 0
	if srtp == "srtp" {
		mandatory = 1
	}
	host, _, _ := net.SplitHostPort(at)
	file := h.write(dir+"/linphonerc", fmt.Sprintf(linphoneConfig, ca, srtp, mandatory, at, transport, agent, host, agent, agent))
	h.write(dir+"/.local/share/linphone/.keep", "")
	h.write(dir+"/.config/linphone/.keep", "")
	voice := h.wav(dir+"/voice.wav", audio.Tone{Hz: softphoneVoice, Level: -16}.PCM(time.Minute))
	p := &linphone{h.newOutsider(h.path(dir), "env", "HOME="+h.path(dir), "stdbuf", "-oL", needed(h, "linphonec"), "-c", file, "-a")}
	p.command("soundcard use files")
	p.command("play " + voice)
	p.command("record " + h.path(dir+"/heard.wav"))
	return p
}

// command types a line.
func (p *linphone) command(line string) {
	p.Helper()
	if _, err := io.WriteString(p.input, line+"\n"); err != nil {
		p.Fatalf("type %s into linphonec: %v", line, err)
	}
}

// heard is what it has recorded. Its file says that it is longer than it is.
func (p *linphone) heard() []int16 {
	p.Helper()
	in, out := filepath.Join(p.dir, "heard.wav"), filepath.Join(p.dir, "whole.wav")
	if said, err := exec.Command(needed(p, "sox"), "--ignore-length", in, "-r", "8000", "-c", "1", out).CombinedOutput(); err != nil {
		p.Fatalf("read linphone's recording: %v: %s", err, said)
	}
	return readWAV(p, out).Line()
}

// Another softphone, with a stack of its own, is an agent's phone: by UDP, and by
// TLS with its sound encrypted.
func TestLinphoneAgent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, transport, encryption, srtp string }{
		{"udp", "udp", "none", "off"},
		{"tls+srtp", "tls", "srtp", "required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			caller := ownIP()
			h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}, record: true})
			host, ca := h.secured(tt.srtp)
			at := h.service
			if tt.transport == "tls" {
				at = host + ":5061"
			}
			phone := h.linphone("lina", at, tt.transport, tt.encryption, ca)
			await(t, generous, "linphone to register", func() bool { return h.logged("phone changed", "lina", "reachable=true") > 0 })
			phone.command("call sip:*1@" + host)
			await(t, generous, "the agent to be ready", func() bool { return h.logged("wish=ready", "lina") > 0 })
			phone.said("ended", 1)
			c := h.vip(caller)
			await(t, generous, "the caller to hear the agent for 2 s", func() bool {
				total, _ := tones(c.hears(), softphoneVoice)
				return total > 2*time.Second
			})
			c.hangUp()
			await(t, generous, "the end of the talk", func() bool {
				return h.text("SELECT outcome FROM talks WHERE agent = 'lina' AND ended_at > 0") != ""
			})
			phone.command("quit")
			if err := phone.wait(generous); err != nil && !strings.Contains(err.Error(), "exit") {
				t.Error(err)
			}
			if total, _ := tones(phone.heard(), plainVoice); total < time.Second {
				t.Errorf("the agent heard the caller for %v; want 2 s", total)
			}
		})
	}
}
