package config

import "time"

// Django holds settings of Django and django-celery-beat about times, under their own names.
type Django struct {
	TimeZone string // time_zone
	UseTZ    bool   // use_tz: if not, columns without a zone hold times of TimeZone
	Aware    bool   // django_celery_beat_tz_aware: if not, crontabs have the zone of the app and not that of their row
}

// Naive returns the zone of times in columns without one; nil when it is UTC. The settings must be valid.
func (d *Django) Naive() *time.Location {
	if d.UseTZ {
		return nil
	}
	zone, err := loadZone(d.TimeZone)
	if err != nil {
		return nil
	}
	return zone
}

func (c *Config) validateDjango(add func(field, value, problem string)) {
	d := &c.Clock.Django
	if _, err := loadZone(d.TimeZone); err != nil {
		add("time_zone", d.TimeZone, problemZone)
	}
	if !d.UseTZ && d.TimeZone == "" && c.Beat.Kind().OfDjango() && !c.onPostgres() {
		add("use_tz", "false", "needs time_zone, the zone of the times in the tables")
	}
}
