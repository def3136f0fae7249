"""Verbs that look at a cluster, real or simulated, or put load on it.

One file a verb: its flags and its wiring. What a verb needs is imported when it runs.
"""
