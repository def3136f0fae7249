"""Verbs that read what was recorded: recordings, logs, recorded decisions.

One file a verb: its flags and its wiring. What a verb needs is imported when it runs.
"""
