"""A run as a report of llm-d-benchmark."""
