package server

import "strings"

// URLVariable is the name of the environment variable that tells tests where a server of this kind is. Whoever sets
// it beforehand has the tests use that server.
func (k Kind) URLVariable() string { return "BEAT_TEST_" + strings.ToUpper(k.Name) + "_URL" }

// APIVariable is the same for the management interface. Only RabbitMQ has one.
func (k Kind) APIVariable() string { return "BEAT_TEST_" + strings.ToUpper(k.Name) + "_API_URL" }

// Variables returns NAME=value for everything tests have to know about the server.
func (s *Server) Variables() []string {
	variables := []string{s.kind.URLVariable() + "=" + s.URL()}
	if api := s.APIURL(); api != "" {
		variables = append(variables, s.kind.APIVariable()+"="+api)
	}
	return variables
}

// Name returns the name of the server's kind.
func (s *Server) Name() string { return s.kind.Name }
