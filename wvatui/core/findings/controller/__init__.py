"""Findings about the controller, its configuration and what it can see."""
