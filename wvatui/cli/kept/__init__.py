"""Verbs for recorded sessions: their list, their marks and their labels.

One file per verb, with its flags and its wiring. A verb's other imports happen when it runs.
"""
