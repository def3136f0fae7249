"""State to rows: load jobs, their stages, and what was measured."""
