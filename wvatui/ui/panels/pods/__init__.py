"""Panels of the pods view: the table, the heat strip, a pod opened with enter."""
