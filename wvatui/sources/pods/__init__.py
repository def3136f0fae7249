"""Metrics pages as a source: finding the port that answers, one look at a pod, and polling many
pods."""
