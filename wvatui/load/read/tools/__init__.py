"""Parsers of load tools' command lines: one file per tool, and one row each in `table.py`."""
