"""Comparison of runs: figures over one aligned window, their differences, coverage and verdicts."""
