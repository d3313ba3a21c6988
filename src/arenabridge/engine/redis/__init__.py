"""The engine of several gateways that serve as one: the queue is at a Redis server, and they speak through it."""
