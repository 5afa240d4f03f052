package agents_test

import (
	"testing"
	"time"

	"careline/agents"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestPresence(t *testing.T) {
	later, earlier := noon.Add(time.Second), noon.Add(-time.Second)
	for _, tt := range []struct {
		name string
		view agents.View
		want agents.Presence
	}{
		{"nothing is known", agents.View{}, agents.Offline},
		{"a phone and no wish", agents.View{Reachable: true}, agents.OnBreak},
		{"ready", agents.View{Reachable: true, Record: agents.Record{Wish: agents.Ready}}, agents.Idle},
		{"ready without a phone", agents.View{Record: agents.Record{Wish: agents.Ready}}, agents.Offline},
		{"break", agents.View{Reachable: true, Record: agents.Record{Wish: agents.Break}}, agents.OnBreak},
		{"wrap-up", agents.View{Reachable: true, Record: agents.Record{Wish: agents.Ready, WrapUpUntil: later}}, agents.WrapUp},
		{"wrap-up is over", agents.View{Reachable: true, Record: agents.Record{Wish: agents.Ready, WrapUpUntil: earlier}}, agents.Idle},
		{"wrap-up ends to the instant", agents.View{Reachable: true, Record: agents.Record{Wish: agents.Ready, WrapUpUntil: noon}}, agents.Idle},
		{"reserved", agents.View{Reachable: true, Record: agents.Record{Wish: agents.Ready, Reserved: "c1"}}, agents.Reserved},
		{"reserved, phone gone", agents.View{Record: agents.Record{Wish: agents.Ready, Reserved: "c1"}}, agents.Offline},
		{"talking", agents.View{Reachable: true, OnCall: true, Record: agents.Record{Wish: agents.Ready, Reserved: "c1"}}, agents.Talking},
		{"talking, registration lapsed", agents.View{OnCall: true}, agents.Talking},
	} {
		if got := tt.view.Presence(noon); got != tt.want {
			t.Errorf("%s: Presence = %s; want %s", tt.name, got, tt.want)
		}
	}
}

func TestServes(t *testing.T) {
	care := agents.Queue{Name: "care", Team: "front"}
	for _, tt := range []struct {
		agent agents.Agent
		want  bool
	}{
		{agents.Agent{Name: "lina", Team: "front"}, true},
		{agents.Agent{Name: "lina", Team: "back"}, false},
		{agents.Agent{Name: "lina", Team: "front", Queues: []string{"vip"}}, false},
		{agents.Agent{Name: "lina", Team: "front", Queues: []string{"vip", "care"}}, true},
	} {
		if got := (agents.View{Agent: tt.agent}).Serves(care); got != tt.want {
			t.Errorf("%+v serves care = %v; want %v", tt.agent, got, tt.want)
		}
	}
}
