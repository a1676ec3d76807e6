package message

import (
	"encoding/json"
	"strings"
)

// ParseRoutes reads the setting task_routes: a map of patterns to a queue name or options, a list of such maps, or a
// list of lists of pairs. Routes come out in the order in which Celery tries them. Python routers, given as functions
// or dotted names, cannot be carried over. Its error is an *OptionError.
func ParseRoutes(text json.RawMessage) ([]Route, error) {
	if absent(text) {
		return nil, nil
	}
	value, err := AppendPythonJSON(nil, text, settingLimits())
	if err != nil {
		return nil, fieldError("task_routes", err)
	}
	if value[0] == '{' {
		return parseRouter(value)
	}
	if value[0] != '[' {
		return nil, routeError(value, "is not a map or a list; Python routers cannot be carried over")
	}
	var routes []Route
	for router := range Elements(value) {
		some, err := parseRouter(router)
		if err != nil {
			return nil, err
		}
		routes = append(routes, some...)
	}
	return routes, nil
}

func routeError(value []byte, problem string) error {
	return &OptionError{Field: "task_routes", Value: string(value), Problem: problem}
}

// routerParser collects the routes of one router, whose exact names are tried before its globs.
type routerParser struct {
	exact, globs []Route
}

func parseRouter(router []byte) ([]Route, error) {
	var p routerParser
	switch router[0] {
	case '{':
		for pattern, value := range Members(router) {
			if err := p.add(pattern, value); err != nil {
				return nil, err
			}
		}
	case '[':
		for pair := range Elements(router) {
			if err := p.pair(pair); err != nil {
				return nil, err
			}
		}
	default:
		return nil, routeError(router, "is not a map or a list of pairs; Python routers cannot be carried over")
	}
	return append(p.exact, p.globs...), nil
}

func (p *routerParser) pair(pair []byte) error {
	if pair[0] == '[' {
		var parts [][]byte
		for part := range Elements(pair) {
			parts = append(parts, part)
		}
		if len(parts) == 2 && parts[0][0] == '"' {
			return p.add(Unquote(parts[0]), parts[1])
		}
	}
	return routeError(pair, "is not a pair of pattern and route; a list of pairs stands in a list of its own")
}

func (p *routerParser) add(pattern string, value []byte) error {
	r := Route{Pattern: pattern}
	if pattern == "" {
		return routeError(value, "has no pattern")
	}
	switch value[0] {
	case '"':
		r.Options.Queue = Unquote(value)
	case '{':
		var err error
		if r.Options, err = ParseOptions(value); err != nil {
			return err
		}
	default:
		return routeError(value, "is not the name of a queue or a map of options")
	}
	list := &p.exact
	if strings.Contains(pattern, "*") {
		list = &p.globs
	}
	for i := range *list {
		if (*list)[i].Pattern == pattern {
			(*list)[i] = r
			return nil
		}
	}
	*list = append(*list, r)
	return nil
}
