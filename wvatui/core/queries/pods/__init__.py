"""State to rows: replicas, one pod in full, the load on pods."""
