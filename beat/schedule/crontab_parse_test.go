package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
)

// What goes beyond Celery; the rest of the grammar is in the recordings.
func TestExpandField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field, text string
		want        []int
	}{
		{"day_of_week", "7", []int{0}},
		{"day_of_week", "5-7", []int{0, 5, 6}},
		{"day_of_week", "0-7", []int{0, 1, 2, 3, 4, 5, 6}},
		{"day_of_week", "7-2", []int{0, 1, 2}},
		{"day_of_week", "7-7", []int{0}},
		{"day_of_week", "1-7/2", []int{0, 1, 3, 5}},
		{"day_of_week", "sat-7", []int{0, 6}},
		{"minute", "[0, 30]", []int{0, 30}},
		{"minute", "{0, 30}", []int{0, 30}},
		{"minute", "(5,)", []int{5}},
		{"minute", " ( 5 , ) ", []int{5}},
		{"minute", "1 - 5", []int{1, 2, 3, 4, 5}},
		{"minute", " */20", []int{0, 20, 40}},
		{"minute", "* / 20", []int{0, 20, 40}},
		{"minute", "* ", all(0, 59)},
		{"minute", "1-5 x", []int{1, 2, 3, 4, 5}},
		{"minute", " -0", []int{0}}, // Celery looks for a minus before it leaves out blanks
		{"second", "*/15", []int{0, 15, 30, 45}},
		{"second", "59", []int{59}},
		{"hour", "22-2", []int{0, 1, 2, 22, 23}},
		{"minute", "1-5/99999999999999999999", []int{1}},
	} {
		t.Run(tt.field+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := schedule.ExpandField(tt.field, tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func all(lo, hi int) []int {
	values := make([]int, 0, hi-lo+1)
	for i := lo; i <= hi; i++ {
		values = append(values, i)
	}
	return values
}

func TestExpandFieldRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ field, text, want string }{
		{"day_of_week", "8", `day_of_week: "8" is out of range 0-7`},
		{"day_of_week", "1,8", `day_of_week: "1,8" holds "8", which is out of range 0-7`},
		{"day_of_week", "jul", `day_of_week: "jul" is out of range 0-7`},
		{"day_of_week", "xyz", `day_of_week: "xyz" is not a number 0-7 or a name sun-sat`},
		{"month_of_year", "13", `month_of_year: "13" is out of range 1-12`},
		{"month_of_year", "?", `month_of_year: "?" is not a number 1-12 or a name jan-dec`},
		{"day_of_month", "0", `day_of_month: "0" is out of range 1-31`},
		{"hour", "0-24", `hour: "0-24" holds "24", which is out of range 0-23`},
		{"minute", "", `minute: "" is empty, a number 0-59 is wanted`},
		{"minute", "1,,2", `minute: "1,,2" holds "", which is empty, a number 0-59 is wanted`},
		{"minute", "[]", `minute: "[]" holds "", which is empty, a number 0-59 is wanted`},
		{"minute", "[0, 60]", `minute: "[0, 60]" holds "60", which is out of range 0-59`},
		{"minute", "-1", `minute: "-1" is negative, a number 0-59 is wanted`},
		{"minute", " --0", `minute: " --0" holds "--0", which is negative, a number 0-59 is wanted`},
		{"minute", " -1", `minute: " -1" holds "-1", which is negative, a number 0-59 is wanted`},
		{"minute", "*/", `minute: "*/" holds "/", which has no step, a number above 0 is wanted after the /`},
		{"minute", "*/0", `minute: "*/0" holds "0", which is not a step, it must be above 0`},
		{"minute", "*/mon", `minute: "*/mon" holds "mon", which is not a step, a number above 0 is wanted`},
		{"minute", "5/10", `minute: "5/10" is not a number 0-59`},
		{"minute", "1 2", `minute: "1 2" is not a number 0-59`},
		{"minute", "1__0", `minute: "1__0" is not a number 0-59`},
		{"second", "60", `second: "60" is out of range 0-59`},
		{"year", "2030", `year: "2030" is no field of a crontab`},
	} {
		t.Run(tt.field+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			values, err := schedule.ExpandField(tt.field, tt.text)
			if err == nil {
				t.Fatalf("got %v, want an error", values)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
			if f, ok := errors.AsType[*schedule.FieldError](err); !ok || f.Field != tt.field || f.Value != tt.text {
				t.Errorf("%#v does not name field and value", err)
			}
		})
	}
}

func TestParseCrontab(t *testing.T) {
	t.Parallel()
	got, err := schedule.ParseCrontab(" */5  8-17 *\t* mon-fri ")
	want := schedule.Spec{
		Kind: schedule.KindCrontab, Minute: "*/5", Hour: "8-17", DayOfMonth: "*", MonthOfYear: "*", DayOfWeek: "mon-fri",
	}
	if got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "@reboot", "* * * *", "0 0 * * * * *"} {
		if got, err := schedule.ParseCrontab(bad); err == nil {
			t.Errorf("ParseCrontab(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestFieldText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, want string }{
		{`"*/5"`, "*/5"}, {`5`, "5"}, {` 5 `, "5"}, {`[0, 30]`, "[0, 30]"}, {`""`, ""}, {`-1`, "-1"},
	} {
		if got, err := schedule.FieldText("minute", []byte(tt.raw)); got != tt.want || err != nil {
			t.Errorf("FieldText(%s) = %q, %v, want %q", tt.raw, got, err, tt.want)
		}
	}
	for _, raw := range []string{`null`, `1.5`, `true`, `{}`, `["1"]`, `[]`, `[1.5]`, `[[1]]`, `"`, ``, `[1`} {
		if got, err := schedule.FieldText("minute", []byte(raw)); err == nil {
			t.Errorf("FieldText(%s) = %q, want an error", raw, got)
		}
	}
}

func FuzzExpandField(f *testing.F) {
	for _, seed := range []string{
		"*", "*/5", "1-5/2", "22-2", "mon-fri", "[0, 30]", "(5,)", "1_0", "+5", "１", "٣", "*\n", "1-2-3", "7", "1 - 5",
	} {
		f.Add("minute", seed)
		f.Add("day_of_week", seed)
	}
	f.Fuzz(func(t *testing.T, field, text string) {
		values, err := schedule.ExpandField(field, text)
		if err != nil {
			if e, ok := errors.AsType[*schedule.FieldError](err); !ok || e.Field != field || e.Value != text {
				t.Fatalf("%#v does not name field and value", err)
			}
			return
		}
		if len(values) == 0 {
			t.Fatalf("%s %q stands for nothing", field, text)
		}
		if again, err := schedule.ExpandField(field, strings.Trim(fmt.Sprint(values), "[]")); len(values) == 1 &&
			(err != nil || !cmp.Equal(values, again)) {
			t.Fatalf("%s %q is %v, which is %v, %v", field, text, values, again, err)
		}
	})
}

func FuzzNewCrontab(f *testing.F) {
	for _, seed := range []string{"0 4 * * *", "*/5 8-17 1,15 jan-jun mon-fri", "0 0 30 2 *", "0 0 29 2 7", "* * * * * *"} {
		f.Add(seed, int64(1760000000))
	}
	zone := zoneOf(f, "America/New_York")
	f.Fuzz(func(t *testing.T, expression string, unix int64) {
		spec, err := schedule.ParseCrontab(expression)
		if err != nil {
			return
		}
		c, err := schedule.NewCrontab(spec, zone)
		if err != nil {
			return
		}
		after := time.Unix(unix, 0)
		if next, ok := c.Next(after); ok && (!next.After(after) || c.Span(after, next).Count != 1) {
			t.Fatalf("%v after %v gives %v, and the span is %+v", c, after, next, c.Span(after, next))
		}
	})
}

func FuzzFieldText(f *testing.F) {
	for _, seed := range []string{`"*/5"`, `5`, `[0, 30]`, `null`, `[]`, `["1"]`, `-1`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := schedule.FieldText("minute", raw)
		if err == nil && !json.Valid(raw) && strings.TrimSpace(string(raw)) != text {
			t.Fatalf("%q is read as %q", raw, text)
		}
	})
}
