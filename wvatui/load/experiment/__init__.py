"""Experiments from a file: reading, planning, checking and running them, and the folder of a
run."""
