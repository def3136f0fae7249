"""The command line: verbs with their flags and wiring, and helpers that several verbs share.

A verb is one file in a folder below. All of these files are imported when a configuration file is
read, since it may set any flag, so heavy imports belong inside functions.
"""
