package beat

// queue orders jobs by the instant at which the loop must look at them, and those of one instant by their order: what was
// loaded together is claimed together, so that a batch of many runs at one instant touches few pages of a database.
//
// It is a heap in which each place has four below it, and a place holds all that decides beside the job: to find the
// order of a million jobs, the jobs themselves are not looked at, which lie all over the memory.
type queue struct{ places []place }

type place struct {
	due   micros
	order int32
	job   *job
}

func (p *place) before(q *place) bool { return p.due < q.due || p.due == q.due && p.order < q.order }

const below = 4 // places under each place

// first returns the job that is due first, or nil.
func (q *queue) first() *job {
	if len(q.places) == 0 {
		return nil
	}
	return q.places[0].job
}

// upTo counts the jobs that are due until an instant, up to most.
func (q *queue) upTo(due micros, most int) int { return q.under(0, due, most) }

func (q *queue) under(i int, due micros, most int) int {
	if most <= 0 || i >= len(q.places) || q.places[i].due > due {
		return 0
	}
	n := 1
	for k := below*i + 1; k <= below*i+below; k++ {
		n += q.under(k, due, most-n)
	}
	return n
}

// pop removes and returns the job that is due first.
func (q *queue) pop() *job {
	j := q.places[0].job
	q.remove(j)
	return j
}

// put inserts a job or moves it to its new place.
func (q *queue) put(j *job) {
	p := place{due: j.due, order: j.order, job: j}
	if j.index < 0 {
		q.places = append(q.places, p)
		q.up(len(q.places)-1, p)
		return
	}
	q.settle(int(j.index), p)
}

// remove takes a job out; one that is not there stays out.
func (q *queue) remove(j *job) {
	if j.index < 0 {
		return
	}
	i, last := int(j.index), len(q.places)-1
	p := q.places[last]
	q.places[last] = place{}
	q.places = q.places[:last]
	if i != last {
		q.settle(i, p)
	}
	j.index = -1
}

// settle puts p to i, or to where it belongs from there.
func (q *queue) settle(i int, p place) {
	if i > 0 && p.before(&q.places[(i-1)/below]) {
		q.up(i, p)
		return
	}
	q.down(i, p)
}

func (q *queue) up(i int, p place) {
	for i > 0 {
		above := (i - 1) / below
		if !p.before(&q.places[above]) {
			break
		}
		q.set(i, q.places[above])
		i = above
	}
	q.set(i, p)
}

func (q *queue) down(i int, p place) {
	for {
		first := below*i + 1
		if first >= len(q.places) {
			break
		}
		least := first
		for k := first + 1; k < min(first+below, len(q.places)); k++ {
			if q.places[k].before(&q.places[least]) {
				least = k
			}
		}
		if !q.places[least].before(&p) {
			break
		}
		q.set(i, q.places[least])
		i = least
	}
	q.set(i, p)
}

func (q *queue) set(i int, p place) {
	q.places[i] = p
	p.job.index = int32(i)
}
