"""Metrics pages as a source: which port answers, one look, and many pods at once."""
