package main

import "time"

const houseConfig = `
node: house
database: careline.db
region: GB
zone: Europe/London
flows: [%q, flows]
prompts: [prompts]
drain: %v
sip: {listen: %q, rtp: %s, record: %q}
trunks:
  - {name: carrier, address: %q, sources: [%s], allow: ["+442079460"], max_calls: 20, calls_per_second: 20, keepalive: -1s}
dids:
  - {number: "1861", flow: suspension-reminder}
  - {number: "1888", flow: vip-line}
  - {number: "1001", flow: quick}
  - {number: "1002", flow: long}
  - {number: "1003", flow: mute}
agents:
  - {name: lina, display: Li Na, team: care, password: lina-secret}
  - {name: wang, display: Wang Lei, team: care, password: wang-secret}
queues:
  - {name: care, team: care, ring_time: 10s, wrap_up: 1s, music: hold}
  - {name: vip, team: care, ring_time: 10s, wrap_up: 1s, music: hold}
`

// houseFlows are short, as a test has no time.
var houseFlows = map[string]string{
	"quick": `
flow: quick
outbound: true
languages: [en]
start: question
nodes:
  question:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: Quick question.}
    result: answer
    on: {"1-3": thanks, noinput: goodbye, nomatch: goodbye}
  thanks:
    say: {en: Quick thanks.}
    next: end
  goodbye:
    say: {en: Quick goodbye.}
    next: end
`,
	"long": `
flow: long
languages: [en]
start: story
nodes:
  story:
    say: {en: A long story.}
    result: told
    next: end
`,
	"care": `
flow: care
outbound: true
languages: [en]
start: agent
machine: mailbox
nodes:
  agent:
    enqueue: {queue: care, known_agent: contact.manager, max_wait: 15s}
    on: {connected: thanks, timeout: nobody, full: nobody, failed: nobody}
  nobody:
    gather: {num_digits: 1, timeout: 4s, tries: 1}
    say: {en: Nobody is free.}
    on: {"9": stop, noinput: end, nomatch: end}
  stop:
    optout: {scope: all}
    next: stopped
  stopped:
    say: {en: No more calls.}
    next: end
  mailbox:
    say: {en: A long story.}
    next: end
  thanks:
    say: {en: Quick thanks.}
    result: thanked
    next: end
`,
	"mute": `
flow: mute
languages: [en]
start: lost
nodes:
  lost:
    say: {en: Nobody has recorded this.}
    next: end
`,
}

const houseCampaign = `
name: quick
flow: quick
list: people
mode: agentless
trunks: [carrier]
caller_id: "+442079460999"
ring_timeout: 10s
max_attempts: 2
retry: {busy: [1s], no_answer: [1s], unreachable: [1s]}
complete: [answer]
success: {answer: ["1"]}
`

// careCampaign is one that agents take the calls of.
const careCampaign = `
name: care
flow: care
list: people
mode: %s
queue: care
rules: [none] # whatever the hour
trunks: [carrier]
caller_id: "+442079460998"
ring_timeout: 15s
max_attempts: 1
retry: {not_placed: [1s], congestion: [1s]} # as a machine that has much else to do may be late
complete: [thanked]
`

// sayings are what houseFlows say, and how long.
var sayings = []struct {
	text, label string
	lasts       time.Duration
}{
	{"Quick question.", "quick/question", 900 * time.Millisecond},
	{"Quick thanks.", "quick/thanks", 600 * time.Millisecond},
	{"Quick goodbye.", "quick/goodbye", 500 * time.Millisecond},
	{"A long story.", "long/story", 6 * time.Second},
	{"Nobody is free.", "care/nobody", 1200 * time.Millisecond},
	{"No more calls.", "care/stopped", 600 * time.Millisecond},
}
