"""Findings about pods that do not start, or do not share the load."""
