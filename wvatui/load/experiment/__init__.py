"""Experiments from a file: read, planned, checked, run, and put into a folder."""
