// Package plot draws lines as SVG, for documents.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// Plot is a drawing of lines over the same axes.
type Plot struct {
	Name  string // of its file, without ending
	Title string
	X, Y  string // what the axes show
	Log   bool   // both axes are logarithmic; values that are not above leastShown are left out then
	Lines []Line
}

// Line is a series of points, in the order of X.
type Line struct {
	Name   string
	Points [][2]float64
}

// Sizes in pixels.
const (
	width, height = 720, 400
	left, right   = 70, 20
	top, bottom   = 60, 50
)

// leastShown is the least that has a place on a logarithmic axis.
const leastShown = 1e-9

// SVG returns the drawing. It is the same for the same plot.
func (p *Plot) SVG() []byte {
	x, y := p.axis(0), p.axis(1)
	x.from, x.to = left, width-right
	y.from, y.to = height-bottom, top
	colors := [...]string{"#0072b2", "#d55e00", "#009e73", "#cc79a7"} // told apart also by who sees few colours
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">%s</text>`+"\n", left, html.EscapeString(p.Title))
	for _, v := range x.marks() {
		at := x.place(v)
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			at, top, at, height-bottom, at, height-bottom+18, label(v))
	}
	for _, v := range y.marks() {
		at := y.place(v)
		fmt.Fprintf(&b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, at, width-right, at, left-6, at+4, label(v))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+width-right)/2, height-12, html.EscapeString(p.X))
	fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", 8, top-12, html.EscapeString(p.Y))
	for i, l := range p.Lines {
		color := colors[i%len(colors)]
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, color)
		for _, point := range l.Points {
			if x.shows(point[0]) && y.shows(point[1]) {
				fmt.Fprintf(&b, "%.1f,%.1f ", x.place(point[0]), y.place(point[1]))
			}
		}
		fmt.Fprintf(&b, `"/><text x="%d" y="42" fill="%s">%s</text>`+"\n", left+i*200, color, html.EscapeString(l.Name))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// axis places values between two pixels.
type axis struct {
	least, most float64
	from, to    float64
	log         bool
}

// axis returns that of a coordinate, wide enough for all points.
func (p *Plot) axis(coordinate int) axis {
	a := axis{log: p.Log, least: math.Inf(1), most: math.Inf(-1)}
	for _, l := range p.Lines {
		for _, point := range l.Points {
			if v := point[coordinate]; a.shows(v) {
				a.least, a.most = min(a.least, v), max(a.most, v)
			}
		}
	}
	if !a.log {
		a.least = min(a.least, 0)
	}
	if !(a.least < a.most) { // no points, or all the same
		a.least, a.most = a.most/2, a.most*2
		if !(a.least < a.most) || math.IsInf(a.least, 0) {
			a.least, a.most = 1, 10
		}
	}
	if a.log {
		a.least = math.Pow(10, math.Floor(math.Log10(a.least)))
		a.most = math.Pow(10, math.Ceil(math.Log10(a.most)))
	}
	return a
}

// shows tells whether a value has a place.
func (a axis) shows(v float64) bool { return !a.log || v > leastShown }

func (a axis) place(v float64) float64 {
	part := (v - a.least) / (a.most - a.least)
	if a.log {
		part = math.Log(v/a.least) / math.Log(a.most/a.least)
	}
	return a.from + part*(a.to-a.from)
}

// marks are values to write at the axis: powers of ten, or steps of 1, 2 or 5 times one.
func (a axis) marks() (list []float64) {
	if a.log {
		for v := a.least; v <= a.most*1.01; v *= 10 {
			list = append(list, v)
		}
		return list
	}
	step := math.Pow(10, math.Floor(math.Log10(a.most-a.least)))
	for _, smaller := range []float64{1, 2, 5, 10} {
		if (a.most-a.least)/(step/smaller) >= 4 {
			step /= smaller
			break
		}
	}
	for i := math.Ceil(a.least / step); i*step <= a.most; i++ {
		list = append(list, i*step)
	}
	return list
}

func label(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%g million", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.0f,%03.0f", math.Floor(v/1e3), math.Mod(v, 1e3))
	}
	return fmt.Sprintf("%g", math.Round(v*1e6)/1e6)
}
