package twin

import (
	"net/url"
	"slices"
	"strconv"
	"time"
)

// queueSID names a queue of the account of a call.
func (t *Twin) queueSID(c *call, name string) string {
	return dice{t.opt.Seed, c.Account + name}.sid("QU")
}

// queue has a call wait. It reports false when too many do.
func (t *Twin) queue(c *call, name string, most int) bool {
	sid := t.queueSID(c, name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queues[sid]) >= most {
		return false
	}
	c.waits = time.Now()
	t.queues[sid] = append(t.queues[sid], c)
	return true
}

func (t *Twin) unqueue(c *call, name string) {
	sid := t.queueSID(c, name)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queues[sid] = slices.DeleteFunc(t.queues[sid], func(other *call) bool { return other == c })
}

// position is what a waiting call is told of its queue.
func (t *Twin) position(c *call, name string) url.Values {
	sid := t.queueSID(c, name)
	t.mu.Lock()
	defer t.mu.Unlock()
	list, total := t.queues[sid], 0.0
	for _, other := range list {
		total += t.waited(other).Seconds()
	}
	return url.Values{
		"QueuePosition": {strconv.Itoa(slices.Index(list, c) + 1)}, "QueueSid": {sid}, "QueueTime": {strconv.Itoa(int(t.waited(c).Seconds()))},
		"AvgQueueTime":     {strconv.Itoa(int(total / float64(max(len(list), 1))))},
		"CurrentQueueSize": {strconv.Itoa(len(list))}, "MaxQueueSize": {strconv.Itoa(bound("queue size"))},
	}
}

// waited is how long a call has waited, in life.
func (t *Twin) waited(c *call) time.Duration {
	return time.Duration(float64(time.Since(c.waits)) * t.opt.Speed)
}

// queueResult is what the action of Enqueue is told.
func (t *Twin) queueResult(c *call, name string, waited time.Duration, result string) url.Values {
	return url.Values{"QueueResult": {result}, "QueueSid": {t.queueSID(c, name)}, "QueueTime": {strconv.Itoa(int(waited.Seconds()))}}
}
