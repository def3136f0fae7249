"""Containers that run to an end: processes in simulated time, and the shell that starts them.

process.py   a program as a generator that sleeps and waits on the timeline
box.py       what a process sees: files, environment, the network, where it writes
volumes.py   what a pod's containers find in their files and their environment
network.py   host names to what listens there
syntax.py    shell text to commands          shell.py    runs what was read
tools.py     the small programs of an image  report.py   prints a load tool's report
"""
