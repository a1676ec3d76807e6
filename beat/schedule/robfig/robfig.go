package robfig

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/gobeat/gobeat/beat/schedule"
)

// starBit is how robfig marks a day field that was "*" or "?"; then both day fields must match.
const starBit = 1 << 63

// Zones finds a time zone by its IANA name.
type Zones func(name string) (*schedule.Zone, error)

// Parse reads an expression of robfig/cron: five fields, six with the second in front, a descriptor such as @daily,
// or "@every 1h30m". "CRON_TZ=Europe/Berlin " or "TZ=Europe/Berlin " in front sets the zone, which zones must find;
// otherwise it is the zone given. The error is a *schedule.FieldError.
func Parse(expression string, zone *schedule.Zone, zones Zones) (schedule.Schedule, error) {
	name, rest, err := cutZone(expression)
	if err != nil {
		return nil, err
	}
	if name != "" {
		if zone, err = zones(name); err != nil {
			return nil, err
		}
	}
	if len(rest) > longest {
		return nil, fieldError(expression, "is too long for a cron expression")
	}
	if after, ok := strings.CutPrefix(rest, "@every "); ok {
		return parseEvery(expression, after)
	}
	parser := cron.NewParser(
		cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	parsed, err := parser.Parse(rest)
	if err != nil {
		return nil, fieldError(expression, "is not a cron expression: "+err.Error())
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fieldError(expression, "is not a cron expression")
	}
	c, err := bitsOf(spec).Crontab(rest, zone)
	if err != nil {
		return nil, fieldError(expression, "is not a cron expression: "+err.Error())
	}
	return c, nil
}

// longest is more than any list of all values needs.
const longest = 1000

// cutZone takes the zone off the beginning. robfig's own parser panics when nothing follows it.
func cutZone(expression string) (name, rest string, err error) {
	expression = strings.TrimSpace(expression)
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		after, ok := strings.CutPrefix(expression, prefix)
		if !ok {
			continue
		}
		name, rest, _ = strings.Cut(after, " ")
		if rest = strings.TrimSpace(rest); name == "" || rest == "" {
			return "", "", fieldError(expression, "needs a zone after "+prefix+", a blank and an expression")
		}
		return name, rest, nil
	}
	if expression == "" {
		return "", "", fieldError(expression, "is empty, an expression such as \"0 4 * * *\" is wanted")
	}
	return "", expression, nil
}

func parseEvery(expression, text string) (schedule.Schedule, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, fieldError(expression, "is not a duration such as \"@every 1h30m\"")
	}
	if d <= 0 {
		return nil, fieldError(expression, "must be above 0")
	}
	return every{cron.Every(d).Delay}, nil
}

// bitsOf turns robfig's sets into ours; the bits are the same but for the star.
func bitsOf(s *cron.SpecSchedule) schedule.Bits {
	return schedule.Bits{
		Second: s.Second, Minute: s.Minute, Hour: s.Hour, DayOfMonth: s.Dom, Month: s.Month, DayOfWeek: s.Dow,
		EitherDay: s.Dom&starBit == 0 && s.Dow&starBit == 0,
	}
}

func fieldError(expression, problem string) error {
	return &schedule.FieldError{Field: "expression", Value: expression, Problem: problem}
}
