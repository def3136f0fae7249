"""The command line: verbs with their flags and wiring."""
