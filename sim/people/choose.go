package people

import (
	"fmt"
	"maps"
	"slices"
)

// choose is what the person does on hearing a prompt: keys, Nothing or HangUp.
// times counts how often it was heard with this one; bad says that a key that
// is not offered was pressed before.
func (m *manner) choose(p Prompt, times int, bad bool) string {
	if keys, ok := m.keys[p.Label]; ok {
		return keys
	}
	if m.language != "" && p.Language != "" && p.Language != m.language {
		return Nothing // not understood
	}
	question := fmt.Sprintf("choice %s %d", p.Label, times)
	if own, ok := p.Choices[m.persona]; ok {
		key, _ := pick(m.dice, question, own)
		return key
	}
	offered := p.Choices[Complies]
	switch {
	case len(offered) == 0 || m.persona == Silent:
		return Nothing
	case m.persona == WantsAgent && has(offered, "0"):
		return "0"
	case m.persona == OptsOut && has(offered, "9"):
		return "9"
	case m.persona == PressesBad && !bad && takesKeys(offered):
		return m.notOffered(question, offered)
	}
	key, _ := pick(m.dice, question, offered)
	return key
}

// badly says that choose may have pressed a key that is not offered.
func (m *manner) badly(p Prompt, keys string) bool {
	return m.persona == PressesBad && isKeys(keys) && !has(p.Choices[Complies], keys)
}

func (m *manner) notOffered(question string, offered Choices) string {
	rest := Choices{}
	for _, k := range "12345678" {
		if !has(offered, string(k)) {
			rest[string(k)] = 1
		}
	}
	key, _ := pick(m.dice, question, rest)
	return key
}

func has(c Choices, key string) bool {
	_, ok := c[key]
	return ok
}

func takesKeys(c Choices) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(c)), isKeys)
}

func isKeys(s string) bool { return s != Nothing && s != HangUp }
