package sqlalchemy_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
)

func TestMoves(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) { foreigntest.Moves(t, s.Site, s.tasks, s.open(t)) })
}
