"""Verbs that show how the program is set up.

One file per verb, with its flags and its wiring. A verb's other imports happen when it runs.
"""
