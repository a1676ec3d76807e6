package schedule

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// Hashed returns the spec with each H in its crontab fields replaced by numbers that follow from name, so that many
// schedules written alike spread over the time while each keeps its own:
//
//	H           one value of the field (day_of_month: of 1-28)
//	H(0-29)     one value of the range
//	H/15        every fifteenth from a first one below 15 on
//	H(0-29)/10  the same within a range
//
// The numbers are the same in every process and version. What is no such form stays as it is.
func (s Spec) Hashed(name string) Spec {
	if s.Kind != KindCrontab || !s.hasHash() {
		return s
	}
	if expanded, err := s.Expanded(); err == nil {
		s = expanded
	}
	for _, f := range s.fields() {
		if !strings.Contains(*f.text, "H") {
			continue
		}
		g, _ := grammarOf(f.name)
		parts := strings.Split(*f.text, ",")
		for i, part := range parts {
			if number, ok := g.hashed(strings.TrimSpace(part), name); ok {
				parts[i] = number
			}
		}
		*f.text = strings.Join(parts, ",")
	}
	return s
}

func (s *Spec) hasHash() bool {
	for _, f := range s.fields() {
		if strings.Contains(*f.text, "H") {
			return true
		}
	}
	return strings.Contains(s.Expression, "H")
}

// hashed returns what a part of a field stands for under the given name.
func (g grammar) hashed(part, name string) (string, bool) {
	rest, ok := strings.CutPrefix(part, "H")
	if !ok {
		return "", false
	}
	lo, hi := g.lo, g.hi
	if g.name == "day_of_month" {
		hi = 28 // the days that each month has
	}
	if inner, after, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")"); ok && strings.HasPrefix(rest, "(") {
		from, to, _ := strings.Cut(inner, "-")
		if lo, ok = within(from, g.lo, g.hi); !ok {
			return "", false
		}
		if hi, ok = within(to, lo, g.hi); !ok {
			return "", false
		}
		rest = after
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(g.name + "\x00" + name))
	sum := h.Sum64() >> 16 // FNV mixes short texts poorly into its lowest bits
	if rest == "" {
		return strconv.Itoa(lo + int(sum%uint64(hi-lo+1))), true
	}
	step, ok := within(strings.TrimPrefix(rest, "/"), 1, hi-lo+1)
	if !ok || rest[0] != '/' {
		return "", false
	}
	first := lo + int(sum%uint64(step))
	return strconv.Itoa(first) + "-" + strconv.Itoa(hi) + "/" + strconv.Itoa(step), true
}
