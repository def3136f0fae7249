"""Containers that run to an end: processes in simulated time, and the shell that starts them.

box.py       processes as generators on the timeline, and their files, environment and network
volumes.py   files and environment of a pod's containers
shell.py     runs shell scripts, as `wvatui.load.read.shell` parses them
"""
