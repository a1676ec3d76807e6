package config

const djangoURL = "django_database_url"

// takeDjangoURL lets a Django project say where the tables of django-celery-beat are, when nobody else does.
func (c *Config) takeDjangoURL() {
	if from := c.Origin(djangoURL); c.Beat.Kind() == KindDjango && from != FromDefault && c.Origin("database_url") == FromDefault {
		c.Database.URL, c.origins["database_url"] = c.Beat.DjangoURL, from
	}
}
