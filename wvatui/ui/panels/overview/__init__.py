"""Panels of the overview, and of the frame around every view: header, banner, time bar, footer."""
