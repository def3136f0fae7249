"""Panels of the what-if view: alternatives, and the selected one."""
