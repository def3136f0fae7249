"""Verbs that read recordings, logs and recorded decisions.

One file per verb, with its flags and its wiring. A verb's other imports happen when it runs.
"""
