"""Findings about KEDA: what it does, or is kept from doing."""
