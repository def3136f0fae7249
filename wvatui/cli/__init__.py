"""The command line: verbs with their flags and wiring, and what several verbs share.

A verb is one file in a folder below. All files are imported where a configuration file is read,
since it may set any flag: heavy imports belong into the functions.
"""
