"""Floor 0: pure. Events in, State out; no loop, no clock, no files, no network, no screen."""
