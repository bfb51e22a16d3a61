"""What runs inside a container of an endpoint: a process of its own that answers `/ping` and `/invocations`."""
