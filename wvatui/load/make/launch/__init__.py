"""Launching load from a session: what can be launched, against what, and what it would create.

Nothing is made before `Launcher.create`; everything before it only reads, or is a dry run.
"""
