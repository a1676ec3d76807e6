package message

import "unicode/utf8"

// MatchGlob tells whether the whole name matches a pattern of Python's fnmatchcase.
func MatchGlob(pattern, name string) bool {
	// On a mismatch the last * takes one character more and the rest is tried again.
	retryPattern, retryName := "", ""
	star := false
	for {
		if pattern == "" && name == "" {
			return true
		}
		if pattern != "" && pattern[0] == '*' {
			star = true
			pattern = pattern[1:]
			retryPattern, retryName = pattern, name
			continue
		}
		if n, size, ok := globOne(pattern, name); ok {
			pattern, name = pattern[n:], name[size:]
			continue
		}
		if !star || retryName == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(retryName)
		retryName = retryName[size:]
		pattern, name = retryPattern, retryName
	}
}

// globOne matches the first element of a pattern with the first character of a name and returns their lengths.
func globOne(pattern, name string) (n, size int, ok bool) {
	if pattern == "" || name == "" {
		return 0, 0, false
	}
	c, size := utf8.DecodeRuneInString(name)
	p, n := utf8.DecodeRuneInString(pattern)
	switch p {
	case '?':
		return n, size, true
	case '[':
		if set, length := globSet(pattern); length > 0 {
			return length, size, inSet(set, c)
		}
	}
	return n, size, p == c
}

// globSet returns the inside of the set that pattern starts with and its length with brackets, 0 if it does not end.
func globSet(pattern string) (string, int) {
	for i := 1; i < len(pattern); i++ {
		// A ] right after the bracket or its ! stands for itself.
		if pattern[i] == ']' && i > 1 && (i > 2 || pattern[1] != '!') {
			return pattern[1:i], i + 1
		}
	}
	return "", 0
}

func inSet(set string, c rune) bool {
	negated := false
	if len(set) > 1 && set[0] == '!' {
		negated, set = true, set[1:]
	}
	chars := []rune(set)
	for i := 0; i < len(chars); i++ {
		if i+2 < len(chars) && chars[i+1] == '-' {
			if chars[i] <= c && c <= chars[i+2] {
				return !negated
			}
			i += 2
			continue
		}
		if chars[i] == c {
			return !negated
		}
	}
	return negated
}
