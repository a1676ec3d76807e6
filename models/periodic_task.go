package models

import "gorm.io/gorm/schema"

// PeriodicTask is a row of periodic_task: what is run, and under which conditions. When it runs say its schedules.
type PeriodicTask struct {
	ID          int64 `gorm:"primaryKey"`
	Namespace   string
	Name        string
	Description Text
	Owner       Text

	Task       string
	Args       JSON
	Kwargs     JSON
	Queue      Text
	Exchange   Text
	RoutingKey Text
	Priority   *int64
	Headers    JSON
	Options    JSON

	Expires       Time
	ExpireSeconds *float64

	Enabled       bool
	OneOff        bool
	StartTime     Time
	EndTime       Time
	MaxRuns       *int64
	Misfire       Text
	MisfireWindow *float64 // seconds
	Delivery      Text

	CreatedAt  Time `gorm:"->;autoCreateTime:false"` // set by the database
	ModifiedAt Time `gorm:"->"`                      // set by the database
}

// TableName returns the name with the prefix of the naming strategy.
func (PeriodicTask) TableName(namer schema.Namer) string { return prefixed(namer, TablePeriodicTask) }

// taskColumns are the columns that Row reads, in the order of targets.
const taskColumns = `p.id, p.namespace, p.name, p.description, p.owner, p.task, p.args, p.kwargs, p.queue, p.exchange,
	p.routing_key, p.priority, p.headers, p.options, p.expires, p.expire_seconds, p.enabled, p.one_off, p.start_time,
	p.end_time, p.max_runs, p.misfire, p.misfire_window, p.delivery, p.created_at, p.modified_at`

func (p *PeriodicTask) targets() []any {
	return []any{
		&p.ID, &p.Namespace, &p.Name, &p.Description, &p.Owner, &p.Task, &p.Args, &p.Kwargs, &p.Queue, &p.Exchange,
		&p.RoutingKey, &p.Priority, &p.Headers, &p.Options, &p.Expires, &p.ExpireSeconds, &p.Enabled, &p.OneOff,
		&p.StartTime, &p.EndTime, &p.MaxRuns, &p.Misfire, &p.MisfireWindow, &p.Delivery, &p.CreatedAt, &p.ModifiedAt,
	}
}
