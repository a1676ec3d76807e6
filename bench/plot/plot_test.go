package plot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/bench/plot"
)

// polylines returns the points of each line of a drawing, which must be well-formed, and all its texts.
func polylines(t testing.TB, svg []byte) (lines [][][2]float64, texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return lines, texts
		}
		if err != nil {
			t.Fatalf("the drawing is not XML: %v", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			texts = append(texts, string(token))
		case xml.StartElement:
			if token.Name.Local != "polyline" {
				continue
			}
			var line [][2]float64
			for _, a := range token.Attr {
				if a.Name.Local != "points" {
					continue
				}
				for pair := range strings.FieldsSeq(a.Value) {
					x, y, _ := strings.Cut(pair, ",")
					line = append(line, [2]float64{number(t, x), number(t, y)})
				}
			}
			lines = append(lines, line)
		}
	}
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("a place that is no number: %v", err)
	}
	return v
}

func TestLinear(t *testing.T) {
	t.Parallel()
	p := plot.Plot{Title: "a < b", X: "ms", Y: "messages", Lines: []plot.Line{
		{Name: "Redis", Points: [][2]float64{{0, 0}, {50, 500}, {100, 1000}}},
	}}
	lines, texts := polylines(t, p.SVG())
	want := [][2]float64{{70, 350}, {385, 205}, {700, 60}}
	if len(lines) != 1 || len(lines[0]) != 3 {
		t.Fatalf("got %v, want one line of three points", lines)
	}
	for i, at := range lines[0] {
		if at != want[i] {
			t.Errorf("point %d is at %v, want %v", i, at, want[i])
		}
	}
	all := strings.Join(texts, "|")
	for _, text := range []string{"a < b", "ms", "messages", "Redis", "1,000", "100"} {
		if !strings.Contains(all, text) {
			t.Errorf("want the text %q in %s", text, all)
		}
	}
}

func TestLogarithmic(t *testing.T) {
	t.Parallel()
	p := plot.Plot{Log: true, Lines: []plot.Line{
		{Points: [][2]float64{{1000, 0.1}, {0, 5}, {1_000_000, 10}}},
	}}
	lines, texts := polylines(t, p.SVG())
	want := [][2]float64{{70, 350}, {700, 60}} // what is not above zero has no place
	if len(lines[0]) != 2 || lines[0][0] != want[0] || lines[0][1] != want[1] {
		t.Errorf("got %v, want %v", lines[0], want)
	}
	if all := strings.Join(texts, "|"); !strings.Contains(all, "1 million") || !strings.Contains(all, "0.1") {
		t.Errorf("the marks are %s, want 1 million and 0.1 among them", all)
	}
}

// TestInside draws anything and wants every point within the frame.
func TestInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.Float64Range(0, 1e9)
		p := plot.Plot{Log: rapid.Bool().Draw(r, "log")}
		for range rapid.IntRange(0, 5).Draw(r, "lines") {
			var l plot.Line
			for range rapid.IntRange(0, 20).Draw(r, "points") {
				l.Points = append(l.Points, [2]float64{value.Draw(r, "x"), value.Draw(r, "y")})
			}
			p.Lines = append(p.Lines, l)
		}
		lines, _ := polylines(t, p.SVG())
		for _, l := range lines {
			for _, at := range l {
				if math.IsNaN(at[0]+at[1]) || at[0] < 69.9 || at[0] > 700.1 || at[1] < 59.9 || at[1] > 350.1 {
					r.Fatalf("a point at %v is outside", at)
				}
			}
		}
	})
}
