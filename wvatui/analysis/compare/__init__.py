"""Runs beside each other: figures over one aligned window, their differences, verdicts."""
