package models

import "gorm.io/gorm/schema"

// TaskSchedule is a row of task_schedule: when its task runs. Which columns count depends on Kind.
type TaskSchedule struct {
	ID     int64 `gorm:"primaryKey"`
	TaskID int64
	Kind   string // one of schedule.Kinds

	Second      Text
	Minute      Text
	Hour        Text
	DayOfMonth  Text
	MonthOfYear Text
	DayOfWeek   Text
	Timezone    Text

	Every    *int64
	Period   Text
	Relative bool

	Event     Text
	Latitude  *float64
	Longitude *float64

	ClockedTime Time
	Expression  Text
	DST         Text `gorm:"column:dst"`
	Exclude     Text

	Kwargs        JSON // laid over those of the task
	JitterSeconds float64
	Active        bool

	CreatedAt  Time `gorm:"->;autoCreateTime:false"` // set by the database
	ModifiedAt Time `gorm:"->"`                      // set by the database
}

// TableName returns the name with the prefix of the naming strategy.
func (TaskSchedule) TableName(namer schema.Namer) string { return prefixed(namer, TableTaskSchedule) }

// scheduleColumns are the columns that Row reads, in the order of targets.
const scheduleColumns = `s.id, s.task_id, s.kind, s.second, s.minute, s.hour, s.day_of_month, s.month_of_year,
	s.day_of_week, s.timezone, s.every, s.period, s.relative, s.event, s.latitude, s.longitude, s.clocked_time, s.expression,
	s.dst, s.exclude, s.kwargs, s.jitter_seconds, s.active, s.created_at, s.modified_at`

func (s *TaskSchedule) targets() []any {
	return []any{
		&s.ID, &s.TaskID, &s.Kind, &s.Second, &s.Minute, &s.Hour, &s.DayOfMonth, &s.MonthOfYear,
		&s.DayOfWeek, &s.Timezone, &s.Every, &s.Period, &s.Relative, &s.Event, &s.Latitude, &s.Longitude, &s.ClockedTime,
		&s.Expression, &s.DST, &s.Exclude, &s.Kwargs, &s.JitterSeconds, &s.Active, &s.CreatedAt, &s.ModifiedAt,
	}
}
