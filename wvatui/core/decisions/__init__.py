"""Decisions: what was decided for a variant, and what the decider had when it did."""
