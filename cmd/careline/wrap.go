package main

import "strings"

// hang writes a text behind a heading, broken at blanks so that it fits a width;
// lines that follow begin below the text. Width 0 breaks nothing.
func hang(heading, text string, width int) string {
	indent := len([]rune(heading))
	var b strings.Builder
	b.WriteString(heading)
	column := indent
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case width > 0 && column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String() + "\n"
}
