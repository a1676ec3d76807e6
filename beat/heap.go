package beat

import "container/heap"

// queue orders jobs by the instant at which the loop must look at them, then by name and id.
type queue struct{ jobs jobHeap }

// first returns the job that is due first, or nil.
func (q *queue) first() *job {
	if len(q.jobs) == 0 {
		return nil
	}
	return q.jobs[0]
}

// pop removes and returns the job that is due first.
func (q *queue) pop() *job { return heap.Pop(&q.jobs).(*job) }

// put inserts a job or moves it to its new place.
func (q *queue) put(j *job) {
	if j.index >= 0 {
		heap.Fix(&q.jobs, j.index)
		return
	}
	heap.Push(&q.jobs, j)
}

// remove takes a job out; one that is not there stays out.
func (q *queue) remove(j *job) {
	if j.index >= 0 {
		heap.Remove(&q.jobs, j.index)
	}
}

type jobHeap []*job

func (h jobHeap) Len() int { return len(h) }

func (h jobHeap) Less(a, b int) bool {
	x, y := h[a], h[b]
	if x.due != y.due {
		return x.due < y.due
	}
	if x.name != y.name {
		return x.name < y.name
	}
	return x.id < y.id
}

func (h jobHeap) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

// Push implements heap.Interface.
func (h *jobHeap) Push(x any) {
	j := x.(*job)
	j.index = len(*h)
	*h = append(*h, j)
}

// Pop implements heap.Interface.
func (h *jobHeap) Pop() any {
	old := *h
	j := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	j.index = -1
	return j
}
