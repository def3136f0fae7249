"""Findings about pods that do not come, or do not share the load."""
