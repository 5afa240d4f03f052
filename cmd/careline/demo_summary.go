package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

// summary is the outcome of a demonstration.
type summary struct {
	Seed        uint64            `json:"seed"`
	Inbound     inboundSummary    `json:"inbound"`
	Campaigns   []campaignSummary `json:"campaigns"`
	Audio       audioSummary      `json:"audio"`
	LostAnswers int               `json:"lost_answers"`
	DoubleDials int               `json:"double_dials"`
	Twilio      *twinSummary      `json:"twilio,omitempty"` // of demo --twilio
}

type inboundSummary struct {
	Calls        int `json:"calls"`
	ReachedAgent int `json:"reached_agent"`
	KnownAgent   int `json:"known_agent"`
}

type campaignSummary struct {
	Name         string                        `json:"name"`
	Submitted    int                           `json:"submitted"`
	Attempts     int                           `json:"attempts"`
	Connected    int                           `json:"connected"`
	Completed    int                           `json:"completed"`
	Accepted     int                           `json:"accepted"`
	Pending      int                           `json:"pending"`
	Unknown      int                           `json:"unknown"`
	Dispositions map[campaigns.Disposition]int `json:"dispositions"`
	Answers      map[string]map[string]int     `json:"answers"`
}

type audioSummary struct {
	Sent     uint64 `json:"packets_sent"`
	Received uint64 `json:"packets_received"`
	Late     int    `json:"late_over_30ms"` // as the people heard it
}

// conclude compares the books and prints how it went.
func (d *demo) conclude(ctx context.Context, w io.Writer) error {
	s := d.svc.store
	v, err := judge(ctx, s, d.farEnd(), d.book)
	if err != nil {
		return fmt.Errorf("compare the books: %w", err)
	}
	stats := d.svc.driver.Stats()
	sum := summary{
		Seed: d.cmd.Seed, LostAnswers: v.LostAnswers, DoubleDials: v.DoubleDials, Twilio: d.twin.summary(),
		Audio: audioSummary{Sent: stats.Sent, Received: stats.Received, Late: d.net.Stats().Late},
	}
	agentCalls := 0
	if sum.Inbound, agentCalls, err = inboundCalls(ctx, s); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nAfter %s:\n\n", time.Since(d.began).Round(time.Second))
	list, err := s.Campaigns(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		f, err := s.Funnel(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := f.Check(); err != nil {
			return fmt.Errorf("the figures of %s do not add up: %w", c.Name, err)
		}
		printFunnel(w, c, f)
		fmt.Fprintln(w)
		sum.Campaigns = append(sum.Campaigns, summarise(c, f))
	}
	sum.print(w, agentCalls)
	if d.twin != nil {
		for _, v := range d.twin.Violations() {
			fmt.Fprintf(w, "against Twilio's documentation: %s\n", v)
		}
	}
	if d.cmd.Keep != "" {
		fmt.Fprintf(w, "The database and the log are in %s\n", d.dir)
	}
	if d.cmd.JSON {
		return json.NewEncoder(w).Encode(sum)
	}
	return nil
}

// farEnd is who has noted what happened on the other side.
func (d *demo) farEnd() farEnd {
	if d.twin != nil {
		return d.twin
	}
	return d.net
}

func summarise(c campaigns.Campaign, f campaigns.Funnel) campaignSummary {
	return campaignSummary{
		Name: c.Name, Submitted: f.Submitted, Attempts: f.Attempts,
		Connected: f.Connected, Completed: f.Completed, Accepted: f.Accepted,
		Pending: f.ByState[campaigns.Pending] + f.ByState[campaigns.Dialing], Unknown: f.ByState[campaigns.Unknown],
		Dispositions: f.ByDisposition, Answers: f.Answers,
	}
}

// inboundCalls counts calls that came in, and those of all calls that reached an
// agent.
func inboundCalls(ctx context.Context, s *store.Store) (sum inboundSummary, agentCalls int, err error) {
	inbound := make(map[string]bool)
	for c, err := range s.Calls(ctx) {
		if err != nil {
			return sum, 0, err
		}
		if c.Direction == call.Inbound {
			inbound[c.ID] = true
		}
	}
	sum.Calls = len(inbound)
	talks, err := s.Talks(ctx, time.Time{})
	if err != nil {
		return sum, 0, err
	}
	for _, t := range talks {
		if t.JoinedAt.IsZero() {
			continue
		}
		agentCalls++
		if inbound[t.CallID] {
			sum.ReachedAgent++
			if t.KnownAgent {
				sum.KnownAgent++
			}
		}
	}
	return sum, agentCalls, nil
}

func (s summary) print(w io.Writer, agentCalls int) {
	fmt.Fprintf(w, "inbound: %d calls, %d reached an agent, %d of them the customer's own\n", s.Inbound.Calls, s.Inbound.ReachedAgent, s.Inbound.KnownAgent)
	fmt.Fprintf(w, "calls to agents, inbound and outbound: %d\n", agentCalls)
	fmt.Fprintf(w, "sound: %d packets sent, %d received; %d came over 30 ms late\n", s.Audio.Sent, s.Audio.Received, s.Audio.Late)
	if t := s.Twilio; t != nil {
		fmt.Fprintf(w, "Twilio's twin: %d calls asked for, %d requests of ours, %d of its own; %d against its documentation\n", t.Calls, t.Requests, t.Webhooks, t.Violations)
	}
	fmt.Fprintf(w, "the people's diary against the rows: %d double dials, %d lost answers\n", s.DoubleDials, s.LostAnswers)
}
