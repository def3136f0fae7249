"""State to rows: replicas, one pod in full, what was asked of pods."""
