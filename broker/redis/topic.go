package redis

import (
	"regexp"
	"strings"
	"unicode"
)

// topicPattern returns the regular expression that kombu stores with a topic binding. It is not what AMQP means: *
// matches several words, and # needs the dot before it.
func topicPattern(routingKey string) string {
	var escaped strings.Builder
	for _, r := range routingKey {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), strings.ContainsRune(".#*", r):
			escaped.WriteRune(r)
		case r == 0:
			escaped.WriteString(`\000`)
		default:
			escaped.WriteString(`\` + string(r))
		}
	}
	words := strings.Split(escaped.String(), ".")
	for i, word := range words {
		switch word {
		case "*":
			words[i] = `.*?[^\.]`
		case "#":
			words[i] = `.*?`
		}
	}
	return "^" + strings.Join(words, `\.`) + "$"
}

// compileTopic compiles a pattern that kombu stored. Go refuses a backslash before non-ASCII signs, which Python lets
// stand for themselves.
func compileTopic(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	escape := false
	for _, r := range pattern {
		if escape && r <= unicode.MaxASCII {
			b.WriteByte('\\')
		}
		if escape = r == '\\' && !escape; !escape {
			b.WriteRune(r)
		}
	}
	if escape {
		b.WriteByte('\\')
	}
	return regexp.Compile(b.String())
}
