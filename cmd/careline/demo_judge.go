package main

import (
	"context"

	"careline/campaigns"
	"careline/phone"
	"careline/sim/people"
	"careline/store"
)

// verdict is what the comparison of the people's diary with the rows of the
// service comes to.
type verdict struct {
	DoubleDials int
	LostAnswers int
}

// rows are the raw rows of the service's database.
type rows struct {
	attempts map[string]campaigns.Attempt // by what the far end calls the call
	answers  map[answerKey]string         // the stored value
}

// answerKey names an answer as both sides can: by the number called or calling,
// and the call, where the far end knows it.
type answerKey struct {
	number phone.Number
	callID string // what the far end calls an outbound call; empty for an inbound one
	result string
}

// farEnd is what the people on the other side noted.
type farEnd interface {
	Invites() []people.Invite
	Presses() []people.Press
}

// nameOf is what the far end calls an attempt's call: by SIP its Call-ID, else the
// attempt, as each request bears it.
func nameOf(a campaigns.Attempt) string {
	if a.Leg.Carrier != "" {
		return string(a.ID)
	}
	return a.Leg.CallID
}

// judge compares what the people noted with what the service stored.
func judge(ctx context.Context, s *store.Store, net farEnd, b book) (verdict, error) {
	r, err := readRows(ctx, s)
	if err != nil {
		return verdict{}, err
	}
	return verdict{
		DoubleDials: doubleDials(net.Invites(), r),
		LostAnswers: lostAnswers(net.Presses(), b, r),
	}, nil
}

// readRows reads all attempts and answers, of all campaigns and of inbound calls.
func readRows(ctx context.Context, s *store.Store) (rows, error) {
	r := rows{attempts: make(map[string]campaigns.Attempt), answers: make(map[answerKey]string)}
	list, err := s.Campaigns(ctx)
	if err != nil {
		return r, err
	}
	placed := make(map[string]campaigns.Attempt) // by the call's id
	for _, c := range list {
		for a, err := range s.Attempts(ctx, c.ID) {
			if err != nil {
				return r, err
			}
			r.attempts[nameOf(a)] = a
			placed[string(a.ID)] = a
		}
	}
	// Inbound calls that belong to no campaign answer flows too.
	for _, c := range append(list, campaigns.Campaign{}) {
		for a, err := range s.Answers(ctx, c.ID) {
			if err != nil {
				return r, err
			}
			key, err := keyOf(ctx, s, a, placed)
			if err != nil {
				return r, err
			}
			r.answers[key] = a.Value
		}
	}
	return r, nil
}

// keyOf names an answer as the far end can.
func keyOf(
	ctx context.Context, s *store.Store, a campaigns.Answer, placed map[string]campaigns.Attempt,
) (answerKey, error) {
	if attempt, ok := placed[a.CallID]; ok {
		return answerKey{number: attempt.Number, callID: nameOf(attempt), result: a.Result}, nil
	}
	call, err := s.LoadCall(ctx, a.CallID)
	if err != nil {
		return answerKey{}, err
	}
	return answerKey{number: call.From, result: a.Result}, nil
}

// doubleDials counts the INVITEs that people received beyond one an attempt's
// row, and those without a row. Repeats with credentials and retransmissions
// belong to their INVITE.
func doubleDials(invites []people.Invite, r rows) int {
	double := 0
	seen := make(map[string]bool)
	for _, i := range invites {
		double += i.Duplicates
		if _, known := r.attempts[i.CallID]; !known || seen[i.CallID] {
			double++
		}
		seen[i.CallID] = true
	}
	return double
}

// lostAnswers counts the keys that answer the question that was heard, sent for
// certain, and are not in the table. Where a question was heard more than once
// in a call its latest answer counts.
func lostAnswers(presses []people.Press, b book, r rows) int {
	latest := make(map[answerKey]string)
	for _, p := range presses {
		q, asked := b.questions[p.Label]
		if !asked || !q.valid[p.Key] || !p.Surely() {
			continue
		}
		key := answerKey{number: phone.Number(p.Who), result: q.result}
		if !p.Inbound {
			key.callID = p.CallID
		}
		latest[key] = p.Key
	}
	lost := 0
	for key, value := range latest {
		if r.answers[key] != value {
			lost++
		}
	}
	return lost
}
