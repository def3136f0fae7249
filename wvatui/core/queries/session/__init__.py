"""State to rows: the session as a whole, and its variants."""
