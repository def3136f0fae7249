"""A range of time out of a live Prometheus or Thanos: asked for in parts that are kept, so that a
query that was interrupted goes on where it ended."""
