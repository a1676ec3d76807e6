package rrule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/gobeat/gobeat/beat/schedule"
)

// Zones finds time zones by IANA name; its error is a *schedule.FieldError.
type Zones func(name string) (*schedule.Zone, error)

// Parse reads an expression in one of the forms that the package documentation lists; times without a zone of their own
// are read in zone. The error is a *schedule.FieldError.
func Parse(expression string, zone *schedule.Zone, find Zones) (*Schedule, error) {
	s, err := parse(strings.TrimSpace(expression), zone.Location(), find)
	if err != nil {
		if field, ok := errors.AsType[*schedule.FieldError](err); ok {
			return nil, field
		}
		return nil, &schedule.FieldError{Field: "expression", Value: expression, Problem: err.Error()}
	}
	s.text = strings.Join(strings.Fields(expression), " ")
	if _, ok := s.nextWall(time.Time{}); !ok {
		s.never = true
	}
	return s, nil
}

func parse(text string, zone *time.Location, find Zones) (*Schedule, error) {
	if text == "" {
		return nil, errors.New("is empty, a rule such as FREQ=DAILY;BYHOUR=9 is wanted")
	}
	if strings.HasPrefix(text, "{") {
		return parseRedBeat(text, zone)
	}
	p := &parser{zone: zone, find: find}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	return p.schedule()
}

// parser collects the lines of an expression.
type parser struct {
	zone   *time.Location
	find   Zones
	begin  time.Time // on the wall clock; zero: not given
	rules  []string
	dates  []time.Time
	except []time.Time
}

func (p *parser) line(line string) error {
	head, value, ok := strings.Cut(line, ":")
	if !ok {
		head, value = "RRULE", line
	}
	name, parameters, _ := strings.Cut(strings.ToUpper(head), ";")
	switch name {
	case "RRULE":
		p.rules = append(p.rules, value)
		return nil
	case "DTSTART":
		return p.start(head, value)
	case "RDATE", "EXDATE":
		times, err := p.times(name, parameters, value)
		if name == "RDATE" {
			p.dates = append(p.dates, times...)
		} else {
			p.except = append(p.except, times...)
		}
		return err
	case "EXRULE":
		return errors.New("has an EXRULE, which RFC 5545 has taken away; use EXDATE")
	}
	return fmt.Errorf("has a line %.40q; known are DTSTART, RRULE, RDATE and EXDATE", name)
}

// start reads DTSTART, whose zone counts for all that follows.
func (p *parser) start(head, value string) error {
	if !p.begin.IsZero() || len(p.dates)+len(p.except) > 0 {
		return errors.New("has a DTSTART that is not its first line")
	}
	if _, zone, ok := strings.Cut(head, "="); ok && strings.Contains(strings.ToUpper(head), "TZID=") {
		named, err := p.find(zone)
		if err != nil {
			return err
		}
		p.zone = named.Location()
	}
	if strings.HasSuffix(value, "Z") {
		p.zone = time.UTC
	}
	begin, err := p.time("DTSTART", value)
	p.begin = begin
	return err
}

func (p *parser) times(name, parameters, value string) ([]time.Time, error) {
	if parameters != "" && !strings.HasPrefix(parameters, "VALUE=") && !strings.HasPrefix(parameters, "TZID=") {
		return nil, fmt.Errorf("has a %s with the parameter %.40q; known are TZID and VALUE", name, parameters)
	}
	var times []time.Time
	for part := range strings.SplitSeq(value, ",") {
		t, err := p.time(name, strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		times = append(times, t)
	}
	return times, nil
}

// time reads a time as RFC 5545 writes it, onto the wall clock.
func (p *parser) time(name, text string) (time.Time, error) {
	if t, err := time.Parse("20060102T150405Z", text); err == nil {
		return onWall(t, p.zone), nil
	}
	for _, layout := range []string{"20060102T150405", "20060102"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("has the %s %.40q, which is not a time such as 20260105T093000", name, text)
}

// schedule compiles the rules.
func (p *parser) schedule() (*Schedule, error) {
	s := &Schedule{zone: p.zone, dates: sorted(p.dates), except: sorted(p.except)}
	if !p.begin.IsZero() && len(p.rules) == 0 {
		s.dates = sorted(append(p.dates, p.begin)) // by itself it is the first instant
	}
	for _, text := range p.rules {
		r, err := p.rule(text)
		if err != nil {
			return nil, err
		}
		s.rules = append(s.rules, r)
		s.both = s.both || r.subDaily()
	}
	if len(s.rules)+len(s.dates) == 0 {
		return nil, errors.New("has neither RRULE nor RDATE")
	}
	return s, nil
}

func (p *parser) rule(text string) (*rule, error) {
	option, err := rrule.StrToROption(strings.ToUpper(strings.TrimSpace(text)))
	if err != nil {
		return nil, fmt.Errorf("has the rule %.80q: %w", text, err)
	}
	switch {
	case !option.Dtstart.IsZero():
		return nil, errors.New("has DTSTART within RRULE; it is a line of its own")
	case !p.begin.IsZero():
		option.Dtstart = p.begin
	case option.Count > 0:
		return nil, errors.New("has COUNT without DTSTART, so that nobody could tell what it counts from")
	default:
		option.Dtstart = first()
	}
	if !option.Until.IsZero() && strings.Contains(strings.ToUpper(text), option.Until.Format("20060102T150405")+"Z") {
		option.Until = onWall(option.Until, p.zone) // an instant, where others are wall times
	}
	if option.Interval == 0 {
		option.Interval = 1
	}
	r, err := newRule(*option)
	if err != nil {
		return nil, fmt.Errorf("has a rule that %w", err)
	}
	return r, nil
}

func sorted(times []time.Time) []time.Time {
	slices.SortFunc(times, time.Time.Compare)
	return slices.CompactFunc(times, time.Time.Equal)
}
