package message

// target is where a message goes.
type target struct {
	exchange     string
	exchangeType string
	routingKey   string
	mode         uint8
	queue        *QueueDef // nil when a route names an exchange only
}

// target follows the rules of Celery's router and producer for options that have met their route; routed says that
// there was one.
func (b *Builder) target(o *Options, x *Extra, routed bool) (target, error) {
	t := target{exchange: o.Exchange, exchangeType: x.ExchangeType, routingKey: o.RoutingKey, mode: x.DeliveryMode}
	name := o.Queue
	if name == "" && (!routed || o.Exchange == "") {
		name = b.settings.DefaultQueue // even if an exchange is given
	}
	if name != "" {
		q, err := b.queues.get(name)
		if err != nil {
			return target{}, err
		}
		t.queue = q
		t.exchangeType = firstOf(t.exchangeType, q.ExchangeType)
		if t.mode == 0 {
			t.mode = q.DeliveryMode
		}
	}
	t.exchangeType = firstOf(t.exchangeType, direct)
	if t.mode == 0 {
		t.mode = b.settings.DefaultDeliveryMode
	}
	switch {
	case t.exchangeType == direct && (t.exchange == "" || t.routingKey == "") && t.queue != nil:
		// Straight into the queue; what was given of exchange and routing key is ignored.
		t.exchange, t.routingKey = "", t.queue.Name
	case t.exchange == "" && t.queue != nil:
		t.exchange = t.queue.Exchange
		t.routingKey = firstOf(t.routingKey, t.queue.RoutingKey)
	}
	return t, nil
}

// declare returns the queue to declare, which need not be the one that the message goes to.
func (t *target) declare() *Queue {
	if t.queue == nil || t.queue.NoDeclare {
		return nil
	}
	return &t.queue.Queue
}
