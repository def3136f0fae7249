"""Decisions: what was decided for a variant, and what the decider knew at that time."""
