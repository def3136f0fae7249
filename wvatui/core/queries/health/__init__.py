"""State to rows: how well everything is read, and what a recording lacks."""
