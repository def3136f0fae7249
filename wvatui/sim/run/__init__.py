"""Containers that run to an end: processes in simulated time, and the shell that starts them.

process.py   a program as a generator that sleeps and waits on the timeline
box.py       what a process sees: files, environment, the network, where it writes
syntax.py    shell text to commands      words.py   expansion of words
shell.py     runs what was read          tools.py   the small programs of an image
commands.py  every program by its name, the load generators included
network.py   host names to what listens there
"""
