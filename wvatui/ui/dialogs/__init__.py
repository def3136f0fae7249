"""Screens that lie over the first one."""
