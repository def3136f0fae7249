"""Panels of the health view: sources, polling, gaps, findings, log lines not understood."""
