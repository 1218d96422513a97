"""Who gets the call: opening hours, operator queues, hand-overs; the durable store."""
