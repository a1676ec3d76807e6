package django_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
)

func TestMoves(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		foreigntest.Moves(t, &foreigntest.Site{URL: s.url, DB: s.db}, "django_celery_beat_periodictask", s.open(t))
	})
}
