package config

import (
	"errors"
	"fmt"
	"strings"
)

// login is a method to log in to RabbitMQ with; empty when it is left to the URL.
type login struct{ to *string }

func (l login) set(v any) error {
	word := ""
	if err := (text{&word}).set(v); err != nil {
		return err
	}
	switch word = strings.ToUpper(word); word {
	case "", "PLAIN", "AMQPLAIN", "EXTERNAL":
		*l.to = word
		return nil
	case "GSSAPI":
		return errors.New("is not supported, it needs a Kerberos library; use PLAIN, AMQPLAIN or EXTERNAL")
	}
	return errors.New("is not one of PLAIN, AMQPLAIN, EXTERNAL")
}

func (l login) show() any { return *l.to }

// textMap is an object whose values are text.
type textMap struct{ to *map[string]string }

func (m textMap) set(v any) error {
	object, err := toObject(v)
	if err != nil {
		return err
	}
	out := map[string]string{}
	for name, v := range object {
		word := ""
		if err := (text{&word}).set(v); err != nil {
			return fmt.Errorf("has under %.40q what %w", name, err)
		}
		out[name] = word
	}
	*m.to = out
	return nil
}

func (m textMap) show() any { return *m.to }
