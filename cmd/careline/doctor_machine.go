package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"careline/sip"
	"careline/sip/wire"
)

const (
	leastDisk = 256 << 20 // bytes free below which nothing is sure to be kept
	lowDisk   = 2 << 30   // bytes free below which it is time to make room
	baseFiles = 200       // open files beside those of calls
	echoes    = 50        // packets sent to ourselves
	echoWait  = time.Second
)

// limits looks at what the system lets a process have.
func (d *doctor) limits() {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		d.note("open files", err.Error(), "")
		return
	}
	calls := 0
	for _, t := range d.cfg.Trunks {
		calls += t.MaxCalls
	}
	need := uint64(baseFiles + 4*calls) // two sockets a leg; a caller and an agent
	text := fmt.Sprintf("%d may be open; %d calls at once need about %d", files.Cur, calls, need)
	if files.Cur < need {
		d.bad("open files", text, fmt.Sprintf("ulimit -n %d, or LimitNOFILE= in the unit of systemd", need))
		return
	}
	d.good("open files", text)
}

// disk looks at the room where a file lies or will lie.
func (d *doctor) disk(what, path string) {
	var fs syscall.Statfs_t
	dir := filepath.Dir(path)
	if err := syscall.Statfs(dir, &fs); err != nil {
		d.bad("disk", fmt.Sprintf("%s: %s: %v", what, dir, err), "")
		return
	}
	free := uint64(fs.Bavail) * uint64(fs.Bsize) //nolint:unconvert // of other types elsewhere
	text := fmt.Sprintf("%s: %.1f GB free in %s", what, float64(free)/(1<<30), abs(dir))
	switch {
	case free < leastDisk:
		d.bad("disk", text, "make room; without it no call is placed and answers go to the journal")
	case free < lowDisk:
		d.note("disk", text, "make room soon")
	default:
		d.good("disk", text)
	}
	if err := syscall.Access(dir, 2); err != nil { // W_OK
		d.bad("disk", fmt.Sprintf("%s: %s may not be written by this user", what, abs(dir)), "run as the service's user, or chown it")
	}
}

// sockets tries the ports of SIP and of sound.
func (d *doctor) sockets() {
	listen, err := netip.ParseAddrPort(d.cfg.SIP.Listen)
	if err != nil {
		return // the configuration was refused for it
	}
	d.port("sip.listen", "udp", listen.String())
	if d.cfg.SIP.TCP == nil || *d.cfg.SIP.TCP {
		d.port("sip.listen", "tcp", listen.String())
	}
	if tls := d.cfg.SIP.TLS.Listen; tls != "" {
		d.port("sip.tls.listen", "tcp", tls)
	}
	d.sound(listen.Addr())
	d.outside(listen.Addr())
}

// port tells whether a port can be listened on, or is taken by the service.
func (d *doctor) port(key, network, address string) {
	what := fmt.Sprintf("%s %s", network, address)
	err := bind(network, address)
	switch {
	case err == nil && d.runs:
		d.bad(key, what+" is free though the service runs", "it listens elsewhere, as with --listen, or has another configuration: restart it")
	case err == nil:
		d.good(key, what+" is free; the service does not run")
	case errors.Is(err, syscall.EADDRINUSE) && d.runs:
		d.good(key, what+" is in use, by the service as it seems")
	case errors.Is(err, syscall.EADDRINUSE):
		d.bad(key, what+" is in use, and not by this service", "end what listens there (ss -lnp), or choose another port")
	default:
		d.bad(key, fmt.Sprintf("%s cannot be listened on: %v", what, err), "choose an address of this machine (ip addr)")
	}
}

func bind(network, address string) error {
	if network == "tcp" {
		l, err := net.Listen(network, address) //nolint:noctx // listening on an address of this machine does not wait
		if err != nil {
			return err
		}
		return l.Close()
	}
	conn, err := net.ListenPacket(network, address) //nolint:noctx // likewise
	if err != nil {
		return err
	}
	return conn.Close()
}

// sound looks for ports of the range that others have, and sends some packets to
// ourselves.
func (d *doctor) sound(ip netip.Addr) {
	d.ports(ip)
	if came := echo(ip); came < echoes {
		d.bad("sound", fmt.Sprintf("%d of %d packets sent to ourselves came back on %s", came, echoes, ip), "see whether a packet filter drops UDP of this machine")
		return
	}
	d.good("sound", fmt.Sprintf("%d packets sent to ourselves came back", echoes))
}

// ports tries the ports for sound. While the service runs they are left alone: a
// call could want one in that moment.
func (d *doctor) ports(ip netip.Addr) {
	ports, err := parsePorts(d.cfg.SIP.RTP)
	if err != nil {
		return // the configuration was refused for it
	}
	if d.runs {
		d.add("sip.rtp", sip.Skipped, "the ports for sound are not tried while the service runs", "")
		return
	}
	taken, all := 0, 0
	for port := int(ports.First); port <= int(ports.Last); port += 2 {
		all++
		if bind("udp", netip.AddrPortFrom(ip, uint16(port)).String()) != nil {
			taken++
		}
	}
	text := fmt.Sprintf("%d of %d ports for sound are in use", taken, all)
	switch {
	case taken == all:
		d.bad("sip.rtp", text, "no call can have sound: choose another range")
	case taken > all/2:
		d.note("sip.rtp", text, "others have them: choose another range")
	default:
		d.good("sip.rtp", text)
	}
}

// echo counts the packets that come back from ourselves.
func echo(ip netip.Addr) (came int) {
	if ip.IsUnspecified() {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return 0
	}
	defer conn.Close()
	to, packet := conn.LocalAddr(), make([]byte, 172)
	if err := conn.SetDeadline(time.Now().Add(echoWait)); err != nil {
		return 0
	}
	for came < echoes {
		if _, err := conn.WriteTo(packet, to); err != nil {
			return came
		}
		if _, _, err := conn.ReadFrom(packet); err != nil {
			return came
		}
		came++
	}
	return came
}

// outside looks at the address that carriers see.
func (d *doctor) outside(listen netip.Addr) {
	for _, t := range d.cfg.Trunks {
		if t.Kind != sipKind {
			continue
		}
		from := towards(t.Address)
		switch {
		case t.local():
		case listen.IsLoopback():
			d.bad("sip.listen", fmt.Sprintf("%s is this machine alone, and trunk %s is elsewhere", listen, t.Name), "listen on 0.0.0.0:5060")
		case len(d.cfg.SIP.External) == 0 && from.IsPrivate():
			d.note("sip.external", fmt.Sprintf("trunk %s is reached from %s, which is no public address", t.Name, from),
				"behind NAT set sip.external to the public address, and forward sip.listen and sip.rtp to this machine; careline trunk test "+t.Name+" tells what the carrier sees")
		}
	}
	if ext := d.cfg.SIP.External; len(ext) > 0 {
		d.good("sip.external", "others are told "+strings.Join(ext, ", "))
	}
}

// files looks at what is spoken, heard and recorded.
func (d *doctor) files() {
	if _, err := d.cfg.openSpeech(); err != nil {
		d.bad("speech", err.Error(), "")
	} else {
		d.good("speech", "the recordings can be read")
	}
	if _, err := openAnnouncements(d.cfg.SIP.Announcements); err != nil {
		d.bad("announcements", err.Error(), "")
	}
	if dir := d.cfg.SIP.Record; dir != "" {
		for _, err := os.Stat(dir); err != nil && dir != filepath.Dir(dir); _, err = os.Stat(dir) {
			dir = filepath.Dir(dir) // serve makes what is missing
		}
		d.disk("recordings", filepath.Join(dir, "call.wav"))
	}
	d.flows()
}

// flows looks at the flow files, and whether each number that can be called has
// one.
func (d *doctor) flows() {
	known := make(map[string]bool)
	for _, dir := range d.cfg.Flows {
		flows, err := readFlows(os.DirFS(dir))
		if _, gone := os.Stat(dir); gone != nil {
			err = errors.New("there is no such directory")
		}
		if err != nil {
			d.bad("flows", dir+": "+err.Error(), "careline flow check FILE says more")
			continue
		}
		names := make([]string, 0, len(flows))
		for name, text := range flows {
			names = append(names, name)
			known[name] = true
			if mute, err := d.cfg.muteText(name, text); err == nil && mute != "" {
				d.bad("flows", mute, renderAdvice)
			}
		}
		slices.Sort(names)
		d.good("flows", fmt.Sprintf("%s: %s", dir, strings.Join(names, ", ")))
	}
	for i, did := range d.cfg.DIDs {
		if !known[did.Flow] {
			d.note("flows", fmt.Sprintf("dids[%d]: flow %s of %s is in none of these directories", i, did.Flow, did.Number),
				"see how it is spelt; only a flow that was there once answers all the same")
		}
	}
}

// certificate says whether the files of TLS can be used.
func (d *doctor) certificate(s wire.Secure) {
	if s.Certificate == "" {
		return
	}
	if err := checkCertificate(s.Certificate, s.Key, time.Now()); err != nil {
		d.bad("sip.tls", err.Error(), "see that the files are where sip.tls names them, and renew the certificate in time; they are read again when they change")
		return
	}
	d.private("sip.tls.key", s.Key, "is a private key")
	d.good("sip.tls", "the certificate holds")
}
