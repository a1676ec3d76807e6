package message

// QueueOf returns the queue whose readers get the messages of a task. It returns false when only the broker or the workers
// know: for a task that names another exchange or key than those of its queue, and for exchanges of type fanout, whose
// queues belong to the workers.
func (b *Builder) QueueOf(t Task) (string, bool) {
	o, routed := b.effective(&t)
	to, err := b.target(o, o.extra(), routed)
	if err != nil || to.queue == nil || to.exchangeType == fanout {
		return "", false
	}
	if to.exchange != "" && (to.exchange != to.queue.Exchange || to.routingKey != to.queue.RoutingKey) {
		return "", false
	}
	return to.queue.Name, true
}
