package message

import (
	"slices"
	"strings"
)

// Route gives options to the tasks whose name is Pattern. With a * in it the pattern is a glob as of Python's
// fnmatch: *, ?, [abc] and [!abc]. Options of the task itself win over those of its route.
type Route struct {
	Pattern string
	Options Options
}

// effective returns the options of a task over those that its code gives it, over those of its route, and whether
// there is a route.
func (b *Builder) effective(t *Task) (*Options, bool) {
	o := &t.Options
	if defaults, ok := b.settings.TaskDefaults[t.Name]; ok {
		merged := overlay(defaults, *o)
		o = &merged
	}
	for i := range b.settings.Routes {
		r := &b.settings.Routes[i]
		if r.Pattern == t.Name || strings.Contains(r.Pattern, "*") && MatchGlob(r.Pattern, t.Name) {
			merged := overlay(r.Options, *o)
			return &merged, true
		}
	}
	return o, false
}

// overlay returns base with what over gives in place of it.
func overlay(base, over Options) Options {
	base.Queue = firstOf(over.Queue, base.Queue)
	base.Exchange = firstOf(over.Exchange, base.Exchange)
	base.RoutingKey = firstOf(over.RoutingKey, base.RoutingKey)
	if over.Priority != nil {
		base.Priority = over.Priority
	}
	if len(over.Headers) > 0 {
		base.Headers = over.Headers
	}
	x := overlayExtra(*base.extra(), over.extra())
	if !over.Expires.IsZero() || over.ExpireSeconds != nil || over.extra().ExpiresText != "" {
		base.Expires, base.ExpireSeconds, x.ExpiresText = over.Expires, over.ExpireSeconds, over.extra().ExpiresText
	}
	base.Extra = &x
	return base
}

func overlayExtra(base Extra, over *Extra) Extra {
	for _, f := range [...]struct {
		to   *string
		over string
	}{
		{&base.TaskID, over.TaskID},
		{&base.ExchangeType, over.ExchangeType},
		{&base.Serializer, over.Serializer},
		{&base.Compression, over.Compression},
		{&base.ETA, over.ETA},
		{&base.Shadow, over.Shadow},
		{&base.GroupID, over.GroupID},
		{&base.RootID, over.RootID},
		{&base.ParentID, over.ParentID},
		{&base.ReplyTo, over.ReplyTo},
		{&base.CorrelationID, over.CorrelationID},
		{&base.Argsrepr, over.Argsrepr},
		{&base.Kwargsrepr, over.Kwargsrepr},
	} {
		*f.to = firstOf(f.over, *f.to)
	}
	given(&base.DeliveryMode, over.DeliveryMode)
	given(&base.Mandatory, over.Mandatory)
	given(&base.Countdown, over.Countdown)
	given(&base.Expiration, over.Expiration)
	given(&base.TimeLimit, over.TimeLimit)
	given(&base.SoftTimeLimit, over.SoftTimeLimit)
	given(&base.IgnoreResult, over.IgnoreResult)
	given(&base.Retries, over.Retries)
	given(&base.Nesting, over.Nesting)
	given(&base.GroupIndex, over.GroupIndex)
	givenText(&base.Link, over.Link)
	givenText(&base.LinkError, over.LinkError)
	givenText(&base.Chain, over.Chain)
	givenText(&base.Chord, over.Chord)
	givenText(&base.StampedHeaders, over.StampedHeaders)
	givenText(&base.Stamps, over.Stamps)
	base.Properties = slices.Clone(base.Properties)
	for _, p := range over.Properties {
		base.Properties = setHeader(base.Properties, p)
	}
	return base
}

func given[T comparable](to *T, over T) {
	if none := *new(T); over != none {
		*to = over
	}
}

func givenText[T ~[]byte](to *T, over T) {
	if over != nil {
		*to = over
	}
}
