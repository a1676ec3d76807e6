package config

// OfDjango tells whether the tables are those of a Django app.
func (k SchedulerKind) OfDjango() bool { return k == KindDjango || k == KindDjcelery }

const djangoURL = "django_database_url"

// takeDjangoURL lets a Django project say where the tables of django-celery-beat are, when nobody else does.
func (c *Config) takeDjangoURL() {
	if from := c.Origin(djangoURL); c.Beat.Kind().OfDjango() && from != FromDefault && c.Origin("database_url") == FromDefault {
		c.Database.URL, c.origins["database_url"] = c.Beat.DjangoURL, from
	}
}
