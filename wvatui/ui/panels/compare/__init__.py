"""Panels of runs beside each other."""
