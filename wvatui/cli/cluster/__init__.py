"""Verbs that look at a cluster, real or simulated, or put load on it.

One file per verb, with its flags and its wiring. A verb's other imports happen when it runs.
"""
