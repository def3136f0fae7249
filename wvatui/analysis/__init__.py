"""After the run: what a whole session comes to."""
