"""Verbs for what was kept: the list of sessions, their marks and their labels.

One file a verb: its flags and its wiring. What a verb needs is imported when it runs.
"""
