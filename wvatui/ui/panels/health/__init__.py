"""Panels of the health view: sources, polling, gaps, findings, what was not understood."""
