"""Reads a range of time from a live Prometheus or Thanos, in parts that are kept on disk, so that
an interrupted query continues where it stopped."""
