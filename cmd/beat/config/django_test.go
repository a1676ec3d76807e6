package config_test

import (
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Settings of Django about times, under the names that they have there.
func TestDjangoTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name               string
		vars               map[string]string
		zone, naive, wrong string
		aware              bool
	}{
		{"defaults", nil, "UTC", "", "", true},
		{"not the zone of Celery", map[string]string{"TIME_ZONE": "Asia/Shanghai"}, "UTC", "", "", true},
		{"local", map[string]string{"TIME_ZONE": "Asia/Shanghai", "CELERY_ENABLE_UTC": "false"}, "Asia/Shanghai", "", "", true},
		{"Celery's own", map[string]string{"TIME_ZONE": "Asia/Shanghai", "CELERY_ENABLE_UTC": "0", "CELERY_TIMEZONE": "Asia/Tokyo"}, "Asia/Tokyo", "", "", true},
		{
			"naive",
			map[string]string{"TIME_ZONE": "Asia/Shanghai", "USE_TZ": "False", "DJANGO_CELERY_BEAT_TZ_AWARE": "False"},
			"UTC", "Asia/Shanghai", "", false,
		},
		{
			"naive without a zone",
			map[string]string{"USE_TZ": "False", "CELERY_BEAT_SCHEDULER": "django"},
			"", "",
			`use_tz: "false" (environment USE_TZ) needs time_zone, the zone of the times in the tables`, true,
		},
	} {
		c, err := config.Load(config.Sources{LookupEnv: env(tt.vars)})
		if tt.wrong != "" {
			if err == nil || err.Error() != tt.wrong {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		naive := ""
		if zone := c.Clock.Django.Naive(); zone != nil {
			naive = zone.String()
		}
		zone, err := c.Location()
		if err != nil || zone.String() != tt.zone || naive != tt.naive || c.Clock.Django.Aware != tt.aware {
			t.Errorf("%s: zone %v, %v, naive %q, aware %v", tt.name, zone, err, naive, c.Clock.Django.Aware)
		}
	}
}
