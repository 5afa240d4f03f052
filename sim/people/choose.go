package people

import "fmt"

// choose is what the person does on hearing a prompt: keys, Nothing or HangUp.
// times counts how often it was heard with this one; bad says that a key that
// is not offered was pressed before.
func (m *manner) choose(p Prompt, times int, bad bool) string {
	if turns := m.turns[p.Label]; len(turns) > 0 {
		return turns[min(times, len(turns))-1]
	}
	if keys, ok := m.keys[p.Label]; ok {
		return keys
	}
	if m.language != "" && p.Language != "" && p.Language != m.language {
		return Nothing // not understood
	}
	question := fmt.Sprintf("choice %s %d", p.Label, times)
	offered := p.offered()
	if m.persona == PressesBad && !bad && len(offered) > 0 {
		return m.notOffered(question, offered)
	}
	own, ok := p.Choices[m.persona]
	switch {
	case ok:
	case m.persona == Silent:
		return Nothing
	case m.persona == WantsAgent && offered["0"]:
		return "0"
	case m.persona == OptsOut && offered["9"]:
		return "9"
	default:
		own = p.Choices[Complies]
	}
	key, _ := pick(m.dice, question, own)
	return key
}

// badly says that choose has pressed a key that is not offered.
func (m *manner) badly(p Prompt, keys string) bool {
	return m.persona == PressesBad && isKeys(keys) && !p.offered()[keys]
}

// offered are the keys that anyone may press.
func (p Prompt) offered() map[string]bool {
	keys := map[string]bool{}
	for _, c := range p.Choices {
		for k := range c {
			if isKeys(k) {
				keys[k] = true
			}
		}
	}
	return keys
}

func (m *manner) notOffered(question string, offered map[string]bool) string {
	rest := Choices{}
	for _, k := range "12345678" {
		if !offered[string(k)] {
			rest[string(k)] = 1
		}
	}
	key, _ := pick(m.dice, question, rest)
	return key
}

func isKeys(s string) bool { return s != Nothing && s != HangUp }
