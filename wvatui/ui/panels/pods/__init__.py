"""Panels of the pods view: the table and the heat strip."""
