"""State to rows: the health of all sources, and what a recording lacks."""
