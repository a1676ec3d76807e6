package message

// Limits bound JSON text that comes from rows, before it is parsed. A zero field means its default.
type Limits struct {
	Bytes int // of one text; default 65,536
	Depth int // of arrays and objects; default 32, at most 1,000
	Nodes int // values of one text, inner ones included; default 10,000
}

const maxDepth = 1000 // of the stack of this program and of Python's

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 10
	}
	if l.Depth == 0 {
		l.Depth = 32
	}
	if l.Nodes == 0 {
		l.Nodes = 10_000
	}
	return l
}

// settingLimits are generous: who runs the program is trusted, but may err.
func settingLimits() Limits {
	return Limits{Bytes: 16 << 20, Nodes: 1_000_000}
}
