"""Panels of the overview, and the frame around every view: header, banner, bar, footer."""
