"""Panels of the controller's cycles and log."""
