"""Verbs that show how the program is set up.

One file a verb: its flags and its wiring. What a verb needs is imported when it runs.
"""
